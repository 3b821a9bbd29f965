// A child aborts two calls deep; its parent runs on.
// processes: 2
// tree: parent > child
// ends: child = SIGABRT
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

static void check(int fine) { // hit: child
    if (!fine) // hit: child
        abort(); // hit: child
} // hit: child

static void checks(void) { // hit: child
    check(1); // hit: child
    check(0); // hit: child
    check(2); // miss
} // miss

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        checks(); // hit: child
        _exit(0); // miss
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "signal %d\n", WTERMSIG(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
