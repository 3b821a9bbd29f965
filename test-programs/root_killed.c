// The first process dies by a signal while its child runs on: forkcov ends by that signal, and has the child's lines.
// timed-branches: it waits for the end of its parent in a loop
// processes: 2
// tree: parent > child
// signal: SIGTERM
// ends: child = 3
#include <signal.h>
#include "role.h"

static int late(int n) { // hit: child
    return n + 1; // hit: child
} // hit: child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t parent = getpid(); // hit: parent
    if (fork() == 0) { // hit: parent, child
        role("child"); // hit: child
        while (getppid() == parent && usleep(1000) == 0) // hit: child
            ; // none
        _exit(late(2)); // hit: child
    }
    raise(SIGTERM); // hit: parent
    return 1; // miss
} // miss
