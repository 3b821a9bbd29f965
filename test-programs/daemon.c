// A daemon by double fork and setsid outlives the program that made it by a while, and its late lines count.
// processes: 3
// tree: parent > middle, middle > daemon
// ends: daemon = 7
// exit: 0
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int late(int n) { // hit: daemon
    dprintf(1, "late\n"); // hit: daemon
    return n + 1; // hit: daemon
} // hit: daemon

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int gone[2]; // none
    if (pipe(gone)) // hit: parent
        return 1; // miss
    pid_t middle = fork(); // hit: parent
    if (middle == 0) { // hit: parent, middle
        role("middle"); // hit: middle
        setsid(); // hit: middle
        if (fork()) // hit: middle, daemon
            _exit(0); // hit: middle
        role("daemon"); // hit: daemon
        close(gone[1]); // hit: daemon
        char byte; // none
        while (read(gone[0], &byte, 1) != 0) // hit: daemon
            ; // none
        usleep(100000); // hit: daemon
        _exit(late(6)); // hit: daemon
    }
    waitpid(middle, NULL, 0); // hit: parent
    dprintf(1, "parent ends\n"); // hit: parent
    return 0; // hit: parent
} // hit: parent
