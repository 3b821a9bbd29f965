// A filter under which a changed action of a signal is death, and a SIGTRAP handler that was there before it: its lines
// are breakpoints that come while the signal is blocked.
// no-oracle: it dies of the same under any tracer that puts SIGTRAP back
// needs: root
// processes: 1
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include "role.h"
#include "seccomp.h"

static volatile int seen;

static void handler(int signal) { // hit: parent
    (void)signal;
    seen++; // hit: parent
    if (seen == 2) // hit: parent
        seen += 10; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_handler = handler}; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    static const int calls[] = {SYS_rt_sigaction};
    install(calls, 1, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW); // hit: parent
    raise(SIGTRAP); // hit: parent
    raise(SIGTRAP); // hit: parent
    dprintf(1, "seen %d\n", seen); // hit: parent
    return 0; // hit: parent
} // hit: parent
