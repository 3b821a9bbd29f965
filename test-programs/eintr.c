// A signal interrupts a read with EINTR without SA_RESTART, and restarts it with SA_RESTART. However late the first
// read comes, there is nothing to read for it.
// processes: 1
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include "role.h"

static int ends[2]; // none
static volatile int ticks = -1000; // none

static void tick(int signal) { // hit: parent
    (void)signal; // none
    ticks++; // hit: parent
    if (ticks == 4) // hit: parent
        ticks += (int)write(ends[1], "x", 1) - 1; // hit: parent
} // hit: parent

static void every(int milliseconds) { // hit: parent
    struct itimerval timer = {{0, milliseconds * 1000}, {0, milliseconds * 1000}}; // hit: parent
    setitimer(ITIMER_REAL, &timer, NULL); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    char byte = '-'; // hit: parent
    if (pipe(ends)) // hit: parent
        return 1; // miss
    struct sigaction action = {.sa_handler = tick}; // hit: parent
    sigaction(SIGALRM, &action, NULL); // hit: parent
    every(30); // hit: parent
    ssize_t got = read(ends[0], &byte, 1); // hit: parent
    int interrupted = errno == EINTR; // hit: parent
    every(0); // hit: parent
    dprintf(1, "read %zd, interrupted %d\n", got, interrupted); // hit: parent
    action.sa_flags = SA_RESTART; // hit: parent
    sigaction(SIGALRM, &action, NULL); // hit: parent
    ticks = 1; // hit: parent
    every(30); // hit: parent
    got = read(ends[0], &byte, 1); // hit: parent
    every(0); // hit: parent
    dprintf(1, "read %zd: %c, ticks %d\n", got, byte, ticks >= 4); // hit: parent
    return 0; // hit: parent
} // hit: parent
