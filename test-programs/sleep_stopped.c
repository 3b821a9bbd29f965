// A sleep that a stop interrupts continues for the rest of its time (restart_syscall(2)), with and without a handler of
// the signal that ends the stop, and so do a wait with a timeout and one without.
// processes: 5
// tree: parent > sleeps, parent > sleeps by a clock, parent > polls, parent > handles
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include "asleep.h"
#include "role.h"

enum { LONG = 300 };

static const char *const names[] = {"sleeps", "sleeps by a clock", "polls", "handles"};

static void continued(int signal) { // hit: handles
    (void)signal;
}

static long milliseconds(void) { // hit: sleeps, sleeps by a clock, polls, handles
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); // hit: sleeps, sleeps by a clock, polls, handles
    return now.tv_sec * 1000 + now.tv_nsec / 1000000; // hit: sleeps, sleeps by a clock, polls, handles
} // hit: sleeps, sleeps by a clock, polls, handles

static void sleeps(int round) { // hit: sleeps, sleeps by a clock, polls, handles
    struct timespec time = {0, LONG * 1000000L}, rest = {0, 0}, long_time = {60, 0}; // hit: sleeps, sleeps by a clock, polls, handles
    long start = milliseconds(); // hit: sleeps, sleeps by a clock, polls, handles
    int got;
    if (round == 2) // hit: sleeps, sleeps by a clock, polls, handles
        got = poll(NULL, 0, LONG); // hit: polls
    else if (round == 1)
        got = clock_nanosleep(CLOCK_REALTIME, 0, &time, NULL); // hit: sleeps by a clock
    else
        got = nanosleep(round == 3 ? &long_time : &time, &rest); // hit: sleeps, handles
    int whole = milliseconds() - start >= LONG; // hit: sleeps, sleeps by a clock, polls, handles
    if (round == 3) // hit: sleeps, sleeps by a clock, polls, handles
        dprintf(1, "interrupted %d, with a rest %d\n", got == -1 && errno == EINTR, rest.tv_sec > 0); // hit: handles
    else
        dprintf(1, "round %d: %d, the whole time %d\n", round, got, whole); // hit: sleeps, sleeps by a clock, polls
} // hit: sleeps, sleeps by a clock, polls, handles

int main(void) { // hit: parent
    role("parent"); // hit: parent
    for (int round = 0; round < 4; round++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, sleeps, sleeps by a clock, polls, handles
            role(names[round]); // hit: sleeps, sleeps by a clock, polls, handles
            if (round == 3) // hit: sleeps, sleeps by a clock, polls, handles
                signal(SIGCONT, continued); // hit: handles
            sleeps(round); // hit: sleeps, sleeps by a clock, polls, handles
            _exit(0); // hit: sleeps, sleeps by a clock, polls, handles
        }
        until_asleep(child); // hit: parent
        int status = 0; // hit: parent
        for (int stops = 0; stops < (round == 3 ? 1 : 4); stops++) { // hit: parent
            kill(child, SIGSTOP); // hit: parent
            waitpid(child, &status, WUNTRACED); // hit: parent
            kill(child, SIGCONT); // hit: parent
        }
        if (WIFSTOPPED(status)) // hit: parent
            waitpid(child, &status, 0); // hit: parent
        dprintf(1, "status %d\n", status); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
