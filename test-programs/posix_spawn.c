// posix_spawn, which is a clone with CLONE_VM and CLONE_VFORK inside.
// The second one fails to exec: that child was there, for a moment.
// also-compile: helpers/target.c -> target
// processes: 3
// tree: parent > target more
// command: target more = target|target more|one|two
// ends: target more = 5
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

extern char **environ; // none

int main(void) { // hit: parent
    role("parent"); // hit: parent
    char *argv[] = {"target", "target more", "one", "two", NULL}; // hit: parent
    pid_t child; // none
    int failed = posix_spawn(&child, "./target", NULL, NULL, argv, environ); // hit: parent
    if (failed) // hit: parent
        return 1; // miss
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    failed = posix_spawn(&child, "./no-such-program", NULL, NULL, argv, environ); // hit: parent
    dprintf(1, "missing program: %d\n", failed); // hit: parent
    return 0; // hit: parent
} // hit: parent
