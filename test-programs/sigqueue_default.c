// A child dies by a real-time signal.
// processes: 2
// tree: parent > child
// ends: child = SIGRTMIN+2
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        raise(SIGRTMIN + 2); // hit: child
        _exit(0); // miss
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "SIGRTMIN+%d\n", WTERMSIG(status) - SIGRTMIN); // hit: parent
    return 0; // hit: parent
} // hit: parent
