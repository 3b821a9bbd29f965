// A child that shares the signals' actions of its parent (CLONE_SIGHAND) ignores SIGTRAP for both; one that has a copy
// of them, for itself alone.
// processes: 3
// tree: parent > sharing, parent > copying
// no-oracle: a single step while SIGTRAP is ignored resets its action
#define _GNU_SOURCE
#include <sched.h>
#include <sys/wait.h>
#include "role.h"
#include "signals.h"

static char stack[65536]; // none

static int sharing(void *argument) { // hit: sharing
    role("sharing"); // hit: sharing
    signal(SIGTRAP, SIG_IGN); // hit: sharing
    _exit(argument != NULL); // hit: sharing
}

static int copying(void *argument) { // hit: copying
    role("copying"); // hit: copying
    signals("copying"); // hit: copying
    signal(SIGTRAP, SIG_DFL); // hit: copying
    signals("copying, and default"); // hit: copying
    _exit(argument != NULL); // hit: copying
}

static void run(int (*start)(void *), int flags) { // hit: parent
    pid_t child = clone(start, stack + sizeof stack, flags | CLONE_VM | CLONE_VFORK | SIGCHLD, NULL); // hit: parent
    waitpid(child, NULL, 0); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    signals("at first"); // hit: parent
    run(sharing, CLONE_SIGHAND); // hit: parent
    signals("behind the child that shares"); // hit: parent
    run(copying, 0); // hit: parent
    signals("behind the child that copies"); // hit: parent
    return 0; // hit: parent
} // hit: parent
