// Fresh lines while SIGTRAP is ignored: the program and its child run through, and to another image.
// processes: 2
// tree: parent > child
// ends: child = 3
// no-oracle: a single step while SIGTRAP is ignored resets its action
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int fresh(int n) { // hit: parent, child
    n *= 3; // hit: parent, child
    return n; // hit: parent, child
} // hit: parent, child

int main(int argc, char **argv) { // hit: parent, child
    if (argc > 1) // hit: parent, child
        return fresh(1); // hit: child
    role("parent"); // hit: parent
    signal(SIGTRAP, SIG_IGN); // hit: parent
    dprintf(1, "%d\n", fresh(2)); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        execv(argv[0], (char *[]){argv[0], "again", NULL}); // hit: child
        _exit(99); // miss
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
} // hit: parent, child
