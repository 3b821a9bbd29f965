// Processes made by clone directly: without a signal at their end, in shared memory without vfork, with shared files.
// While the one in shared memory runs, its parent waits: afterwards a line that both run is still fresh for the parent.
// processes: 4
// tree: parent > quiet, parent > sharing, parent > sibling
// ends: quiet = 1
// ends: sharing = 2
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

static volatile int shared; // none

static int both(int n) { // hit: parent, quiet, sharing, sibling
    shared += n; // hit: parent, quiet, sharing, sibling
    return n; // hit: parent, quiet, sharing, sibling
} // hit: parent, quiet, sharing, sibling

static int runs(void *name) { // hit: quiet, sharing, sibling
    role(name); // hit: quiet, sharing, sibling
    if (*(char *)name == 'q') // hit: quiet, sharing, sibling
        return both(1); // hit: quiet
    if (((char *)name)[1] == 'h') // hit: sharing, sibling
        return both(2); // hit: sharing
    return both(4); // hit: sibling
} // hit: quiet, sharing, sibling

static int start(char *name, int flags) { // hit: parent
    size_t size = 65536; // hit: parent
    char *stack = malloc(size); // hit: parent
    pid_t pid = clone(runs, stack + size, flags, name); // hit: parent
    int status; // none
    if (waitpid(pid, &status, __WALL) != pid) // hit: parent
        return -1; // miss
    free(stack); // hit: parent
    return WEXITSTATUS(status); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int quiet = start("quiet", 0); // hit: parent
    int sharing = start("sharing", CLONE_VM | SIGCHLD); // hit: parent
    int sibling = start("sibling", CLONE_FS | CLONE_FILES | SIGCHLD); // hit: parent
    both(0); // hit: parent
    dprintf(1, "%d %d %d, shared %d\n", quiet, sharing, sibling, shared); // hit: parent
    return 0; // hit: parent
} // hit: parent
