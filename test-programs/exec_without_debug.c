// A child execs a program without debug information, which forks one that execs a program with it.
// also-compile: helpers/target.c -> target
// also-compile-plain: helpers/plain.c -> plain
// processes: 3
// tree: parent > plain, plain > target
// ends: plain = 5
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, plain
        execl("./plain", "plain", (char *)NULL); // hit: plain
        _exit(99); // miss
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
