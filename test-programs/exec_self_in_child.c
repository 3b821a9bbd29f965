// A forked child execs the parent's own program: what it runs in the new image is its own, known afresh.
// processes: 2
// tree: parent > child
// exit: 0
// ends: child = 4
#include <sys/wait.h>
#include "role.h"

static int both(int n) { // hit: parent, child
    return n * 2; // hit: parent, child
} // hit: parent, child

int main(int argc, char **argv) { // hit: parent, child
    if (argc > 1) // hit: parent, child
        return both(2); // hit: child
    role("parent"); // hit: parent
    both(1); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        execl(argv[0], argv[0], "again", (char *)NULL); // hit: child
        _exit(99); // miss
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
} // hit: parent, child
