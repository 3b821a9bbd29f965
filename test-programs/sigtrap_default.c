// A child that raises SIGTRAP without a handler dies by it, and so does one that runs into an int3 of its own.
// processes: 3
// tree: parent > child, parent > child 2
// ends: child = SIGTRAP
// ends: child 2 = SIGTRAP
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int status; // none
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        raise(SIGTRAP); // hit: child
        _exit(0); // miss
    }
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "raised: %d\n", WTERMSIG(status)); // hit: parent
    child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child 2
        role("child 2"); // hit: child 2
        __asm__ volatile("int3"); // hit: child 2
        _exit(0); // miss
    }
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "int3: %d\n", WTERMSIG(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
