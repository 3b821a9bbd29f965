// A child kills itself with SIGKILL, which nothing can catch.
// processes: 2
// tree: parent > child
// ends: child = SIGKILL
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int before(int n) { // hit: child
    return n + 1; // hit: child
} // hit: child

static int after(int n) { // miss
    return n + 2; // miss
} // miss

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        int n = before(1); // hit: child
        kill(getpid(), SIGKILL); // hit: child
        _exit(after(n)); // miss
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "signal %d\n", WTERMSIG(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
