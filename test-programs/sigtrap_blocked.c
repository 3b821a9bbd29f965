// Fresh lines while SIGTRAP is blocked: it stays blocked, one that was raised stays pending, and its handler stays.
// processes: 2
// tree: parent > child
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile int handled; // none

static void trapped(int signal) { // hit: parent
    (void)signal; // none
    handled++; // hit: parent
} // hit: parent

static int state(const char *when) { // hit: parent, child
    sigset_t mask, pending; // none
    struct sigaction action; // none
    sigprocmask(SIG_BLOCK, NULL, &mask); // hit: parent, child
    sigpending(&pending); // hit: parent, child
    sigaction(SIGTRAP, NULL, &action); // hit: parent, child
    dprintf(1, "%s: blocked %d, pending %d, handler %d, handled %d\n", when, // hit: parent, child
            sigismember(&mask, SIGTRAP), sigismember(&pending, SIGTRAP),
            action.sa_handler == trapped, handled); // hit: parent, child
    return 0; // hit: parent, child
} // hit: parent, child

static int fresh(int n) { // hit: parent
    n *= 3; // hit: parent
    n += 1; // hit: parent
    return n; // hit: parent
} // hit: parent

static int fresh_in_child(int n) { // hit: child
    n *= 5; // hit: child
    return n; // hit: child
} // hit: child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    sigset_t set, old; // none
    sigemptyset(&set); // hit: parent
    sigaddset(&set, SIGTRAP); // hit: parent
    struct sigaction action = {.sa_handler = trapped}; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    sigprocmask(SIG_BLOCK, &set, &old); // hit: parent
    fresh(1); // hit: parent
    state("blocked"); // hit: parent
    raise(SIGTRAP); // hit: parent
    state("raised"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        fresh_in_child(1); // hit: child
        state("in a child"); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    state("after a fork"); // hit: parent
    sigprocmask(SIG_SETMASK, &old, NULL); // hit: parent
    state("unblocked"); // hit: parent
    return 0; // hit: parent
} // hit: parent
