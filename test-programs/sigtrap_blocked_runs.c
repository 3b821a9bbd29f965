// Fresh lines while SIGTRAP is blocked, with all other signals and alone: the program and its child run through.
// processes: 2
// tree: parent > child
// ends: child = 9
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int fresh(int n) { // hit: parent, child
    n += 4; // hit: parent, child
    return n; // hit: parent, child
} // hit: parent, child

static int alone(int n) { // hit: parent
    n *= 2; // hit: parent
    return n; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    sigset_t all, trap; // none
    role("parent"); // hit: parent
    sigfillset(&all); // hit: parent
    sigemptyset(&trap); // hit: parent
    sigaddset(&trap, SIGTRAP); // hit: parent
    sigprocmask(SIG_BLOCK, &all, NULL); // hit: parent
    dprintf(1, "%d\n", fresh(1)); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(fresh(5)); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    sigprocmask(SIG_SETMASK, &trap, NULL); // hit: parent
    dprintf(1, "%d\n", alone(2)); // hit: parent
    return 0; // hit: parent
} // hit: parent
