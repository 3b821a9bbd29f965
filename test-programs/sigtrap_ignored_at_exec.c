// SIGTRAP is ignored from the first instruction of an image, which then handles, ignores and defaults it.
// processes: 1
// no-oracle: a single step while SIGTRAP is ignored resets its action
#include <signal.h>
#include <stdio.h>
#include "role.h"

static volatile int handled; // none

static void trapped(int signal) { // hit: parent
    handled += signal == SIGTRAP; // hit: parent
} // hit: parent

static void ignored(void) { // hit: parent
    raise(SIGTRAP); // hit: parent
    dprintf(1, "still here\n"); // hit: parent
} // hit: parent

int main(int argc, char **argv) { // hit: parent
    if (argc == 1) { // hit: parent
        role("parent"); // hit: parent
        signal(SIGTRAP, SIG_IGN); // hit: parent
        execv("/proc/self/exe", (char *[]){argv[0], "again", NULL}); // hit: parent
        return 1; // miss
    }
    ignored(); // hit: parent
    dprintf(1, "was ignored: %d\n", signal(SIGTRAP, trapped) == SIG_IGN); // hit: parent
    raise(SIGTRAP); // hit: parent
    raise(SIGTRAP); // hit: parent
    dprintf(1, "handled %d\n", handled); // hit: parent
    dprintf(1, "was handled: %d\n", signal(SIGTRAP, SIG_IGN) == trapped); // hit: parent
    ignored(); // hit: parent
    return 0; // hit: parent
} // hit: parent
