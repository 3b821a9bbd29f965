// Fresh lines in handlers on an alternate stack, one of them after the ordinary stack has run over.
// processes: 2
// tree: parent > child
// ends: child = 0
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static char stack[65536]; // none

static int in_bounds(void) { // hit: parent
    char here; // none
    return &here >= stack && &here < stack + sizeof stack; // hit: parent
} // hit: parent

static void handler(int signal) { // hit: parent
    dprintf(1, "signal %d on the alternate stack: %d\n", signal, in_bounds()); // hit: parent
} // hit: parent

static void overrun(int signal) { // hit: child
    (void)signal; // none
    role("overrun"); // hit: child
    _exit(0); // hit: child
}

static int deeper(int n) { // hit: child
    volatile char page[65536]; // none
    page[0] = (char)n; // hit: child
    return deeper(n + 1) + page[0]; // hit: child
} // miss

int main(void) { // hit: parent
    role("parent"); // hit: parent
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack}; // hit: parent
    sigaltstack(&alternate, NULL); // hit: parent
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK}; // hit: parent
    sigaction(SIGUSR1, &action, NULL); // hit: parent
    raise(SIGUSR1); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        action.sa_handler = overrun; // hit: child
        sigaction(SIGSEGV, &action, NULL); // hit: child
        _exit(deeper(0)); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %d\n", status); // hit: parent
    return 0; // hit: parent
} // hit: parent
