// SIGTRAP, ignored by signal(), is so after new lines, in a child and its child, and in what that executes.
// processes: 3
// tree: parent > child, child > grandchild
// no-oracle: a single step while SIGTRAP is ignored resets its action
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"
#include "signals.h"

static void wait_for(pid_t child) { // hit: parent, child
    waitpid(child, NULL, 0); // hit: parent, child
} // hit: parent, child

int main(int argc, char **argv) { // hit: parent, grandchild
    if (argc > 1) { // hit: parent, grandchild
        signals("in another image"); // hit: grandchild
        signal(SIGTRAP, SIG_DFL); // hit: grandchild
        signals("there, no more ignored"); // hit: grandchild
        return 0; // hit: grandchild
    }
    role("parent"); // hit: parent
    signal(SIGTRAP, SIG_IGN); // hit: parent
    signals("ignored"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        signals("in a child"); // hit: child
        pid_t grandchild = fork(); // hit: child
        if (grandchild == 0) { // hit: child, grandchild
            role("grandchild"); // hit: grandchild
            signals("in a grandchild"); // hit: grandchild
            execv(argv[0], (char *[]){argv[0], "again", NULL}); // hit: grandchild
        }
        wait_for(grandchild); // hit: child
        _exit(0); // hit: child
    }
    wait_for(child); // hit: parent
    signals("in the parent, at last"); // hit: parent
    return 0; // hit: parent
} // hit: parent, grandchild
