// A timer at a high rate whose handler blocks all signals and has new lines again and again, beside a program that
// blocks and unblocks SIGTRAP all the time: each sees its own mask.
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <sys/time.h>
#include "role.h"
#include "signals.h"

static volatile int alarms, wrong; // none

static int is_blocked(void) { // hit: parent
    sigset_t mask; // none
    sigprocmask(SIG_BLOCK, NULL, &mask); // hit: parent
    return sigismember(&mask, SIGTRAP); // hit: parent
} // hit: parent

static void alarmed(int signal) { // hit: parent
    wrong += signal != SIGALRM; // hit: parent
    switch (alarms++) { // hit: parent
    case 0: wrong += !is_blocked(); break; // hit: parent
    case 1: wrong += !is_blocked(); break; // hit: parent
    case 2: wrong += !is_blocked(); break; // hit: parent
    case 3: wrong += !is_blocked(); break; // hit: parent
    case 4: wrong += !is_blocked(); break; // hit: parent
    case 5: wrong += !is_blocked(); break; // hit: parent
    case 6: wrong += !is_blocked(); break; // hit: parent
    case 7: wrong += !is_blocked(); break; // hit: parent
    }
} // hit: parent

static void new_lines(int step, int blocked) { // hit: parent
    switch (step) { // hit: parent
    case 0: wrong += is_blocked() != blocked; break; // hit: parent
    case 1: wrong += is_blocked() != blocked; break; // hit: parent
    case 2: wrong += is_blocked() != blocked; break; // hit: parent
    case 3: wrong += is_blocked() != blocked; break; // hit: parent
    case 4: wrong += is_blocked() != blocked; break; // hit: parent
    case 5: wrong += is_blocked() != blocked; break; // hit: parent
    case 6: wrong += is_blocked() != blocked; break; // hit: parent
    case 7: wrong += is_blocked() != blocked; break; // hit: parent
    default: wrong += is_blocked() != blocked; break; // hit: parent
    }
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_handler = alarmed, .sa_flags = SA_RESTART}; // hit: parent
    sigfillset(&action.sa_mask); // hit: parent
    sigaction(SIGALRM, &action, NULL); // hit: parent
    struct itimerval often = {{0, 500}, {0, 500}}; // hit: parent
    setitimer(ITIMER_REAL, &often, NULL); // hit: parent
    sigset_t trap; // none
    sigemptyset(&trap); // hit: parent
    sigaddset(&trap, SIGTRAP); // hit: parent
    for (int n = 0; n < 400 || alarms < 100; n++) { // hit: parent
        sigprocmask(SIG_BLOCK, &trap, NULL); // hit: parent
        new_lines(n / 2 % 9, 1); // hit: parent
        sigprocmask(SIG_UNBLOCK, &trap, NULL); // hit: parent
        new_lines((n + 1) / 2 % 9, 0); // hit: parent
    }
    struct itimerval never = {{0, 0}, {0, 0}}; // hit: parent
    setitimer(ITIMER_REAL, &never, NULL); // hit: parent
    dprintf(1, "wrong masks: %d\n", wrong); // hit: parent
    signals("at last"); // hit: parent
    return 0; // hit: parent
} // hit: parent
