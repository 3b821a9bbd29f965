// A daemon's habit: a child closes every descriptor there is, and so does its own child's new image.
// processes: 3
// tree: parent > child, child > grandchild
// ends: child = 12
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int work(int n) { // hit: parent, child, grandchild
    return n * 2; // hit: parent, child, grandchild
} // hit: parent, child, grandchild

static void close_all(void) { // hit: child, grandchild
    for (int fd = 0; fd < 4096; fd++) // hit: child, grandchild
        close(fd); // hit: child, grandchild
} // hit: child, grandchild

int main(int argc, char **argv) { // hit: parent, grandchild
    if (argc > 1) { // hit: parent, grandchild
        role("grandchild"); // hit: grandchild
        close_all(); // hit: grandchild
        return work(3); // hit: grandchild
    }
    role("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        close_all(); // hit: child
        pid_t grandchild = fork(); // hit: child
        if (grandchild == 0) { // hit: child, grandchild
            execv("/proc/self/exe", (char *[]){argv[0], "again", NULL}); // hit: grandchild
            _exit(99); // miss
        }
        int status; // none
        waitpid(grandchild, &status, 0); // hit: child
        _exit(work(WEXITSTATUS(status))); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    return work(0); // hit: parent
} // hit: parent, grandchild
