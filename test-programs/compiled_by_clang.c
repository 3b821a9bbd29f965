// The line table of another compiler: clang.
// compiler: clang
// processes: 2
// tree: parent > child
// ends: child = 3
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int work(int n) { // hit: parent, child
    if (n == 1) { // hit: parent, child
        dprintf(1, "parent\n"); // hit: parent
        return 4; // hit: parent
    }
    return n; // hit: child
} // hit: parent, child

int main(int argc, char **argv) { // hit: parent
    (void)argv;
    role("parent"); // hit: parent
    if (argc > 9) // hit: parent
        return work(argc); // miss
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(work(3)); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return work(1) - 4; // hit: parent
}
