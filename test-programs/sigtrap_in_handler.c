// Fresh lines inside a SIGTRAP handler, where SIGTRAP is blocked: the handler stays in place and is called again.
// processes: 1
// no-oracle: a single step inside the handler resets SIGTRAP's action
#include <signal.h>
#include <stdio.h>
#include "role.h"

static volatile int count; // none

static int in_handler(int n) { // hit: parent
    if (n == 0) // hit: parent
        return 1; // hit: parent
    if (n == 1) // hit: parent
        return 10; // hit: parent
    return 100; // hit: parent
} // hit: parent

static void trapped(int signal) { // hit: parent
    sigset_t mask; // none
    sigprocmask(SIG_BLOCK, NULL, &mask); // hit: parent
    if (sigismember(&mask, signal)) // hit: parent
        count += in_handler(count == 0 ? 0 : count == 1 ? 1 : 2); // hit: parent
    sigprocmask(SIG_BLOCK, NULL, &mask); // hit: parent
    if (!sigismember(&mask, signal)) // hit: parent
        count += 1000; // miss
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_handler = trapped}, now; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    for (int i = 0; i < 3; i++) { // hit: parent
        raise(SIGTRAP); // hit: parent
        sigaction(SIGTRAP, NULL, &now); // hit: parent
        dprintf(1, "count %d, handler in place %d\n", count, now.sa_handler == trapped); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
