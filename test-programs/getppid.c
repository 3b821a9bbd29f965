// getppid names the parent, and after its death the process that the kernel gives it to, as without a tracer.
// timed-branches: it waits for its new parent in a loop
// processes: 3
// tree: parent > child, child > orphan
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t parent = getpid(); // hit: parent
    int done[2]; // none
    if (pipe(done)) // hit: parent
        return 1; // miss
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        dprintf(1, "child's parent: %d\n", getppid() == parent); // hit: child
        pid_t me = getpid(); // hit: child
        pid_t orphan = fork(); // hit: child
        if (orphan == 0) { // hit: child, orphan
            role("orphan"); // hit: orphan
            while (getppid() == me && usleep(1000) == 0) // hit: orphan
                ; // none
            dprintf(1, "orphan's new parent is the old one's: %d\n", getppid() == parent); // hit: orphan
            _exit(0); // hit: orphan
        }
        usleep(20000); // hit: child
        _exit(0); // hit: child
    }
    close(done[1]); // hit: parent
    waitpid(child, NULL, 0); // hit: parent
    char byte; // none
    return (int)read(done[0], &byte, 1); // hit: parent
} // hit: parent
