// Fresh lines while SIGTRAP is ignored: the program runs through, SIGTRAP stays ignored, and is so after an exec.
// processes: 2
// tree: parent > child
// ends: child = 3
// no-oracle: a single step while SIGTRAP is ignored resets its action
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static const char *action(void) { // hit: parent, child
    struct sigaction now; // none
    sigaction(SIGTRAP, NULL, &now); // hit: parent, child
    if (now.sa_handler == SIG_IGN) // hit: parent, child
        return "ignored"; // hit: parent, child
    return "not ignored"; // hit: parent
} // hit: parent, child

static int fresh(int n) { // hit: parent
    n *= 3; // hit: parent
    n += 1; // hit: parent
    return n; // hit: parent
} // hit: parent

int main(int argc, char **argv) { // hit: parent, child
    if (argc > 1) { // hit: parent, child
        role("child"); // hit: child
        dprintf(1, "at the start of an image: %s\n", action()); // hit: child
        raise(SIGTRAP); // hit: child
        dprintf(1, "then: %s\n", action()); // hit: child
        return 3; // hit: child
    }
    role("parent"); // hit: parent
    dprintf(1, "first: %s\n", action()); // hit: parent
    signal(SIGTRAP, SIG_IGN); // hit: parent
    fresh(1); // hit: parent
    dprintf(1, "now: %s\n", action()); // hit: parent
    raise(SIGTRAP); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        execv(argv[0], (char *[]){argv[0], "again", NULL}); // hit: child
        _exit(99); // miss
    }
    waitpid(child, NULL, 0); // hit: parent
    dprintf(1, "last: %s\n", action()); // hit: parent
    return 0; // hit: parent
} // hit: parent, child
