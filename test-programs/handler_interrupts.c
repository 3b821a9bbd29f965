// A handler interrupts a line half way, runs lines of its own and the interrupted function's, and the line continues.
// processes: 1
#include <signal.h>
#include <stdio.h>
#include "role.h"

static volatile int depth, sum; // none

static int shared(int n) { // hit: parent
    if (depth > 3) // hit: parent
        return 0; // hit: parent
    depth++; // hit: parent
    int got = n + (raise(SIGUSR1), depth); // hit: parent
    return got; // hit: parent
} // hit: parent

static void handler(int signal) { // hit: parent
    (void)signal; // none
    sum += shared(10); // hit: parent
    if (depth == 100) // hit: parent
        sum = -1; // miss
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER}; // hit: parent
    sigaction(SIGUSR1, &action, NULL); // hit: parent
    int got = shared(1); // hit: parent
    dprintf(1, "got %d, sum %d, depth %d\n", got, sum, depth); // hit: parent
    return 0; // hit: parent
} // hit: parent
