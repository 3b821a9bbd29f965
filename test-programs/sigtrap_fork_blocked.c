// A fork while all signals are blocked: parent and child have them blocked after new lines, until each unblocks them.
// processes: 2
// tree: parent > child
// ends: child = 5
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <sys/wait.h>
#include "role.h"
#include "signals.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    sigset_t all, old; // none
    sigfillset(&all); // hit: parent
    sigprocmask(SIG_BLOCK, &all, &old); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        signals("in the child"); // hit: child
        sigprocmask(SIG_SETMASK, &old, NULL); // hit: child
        signals("in the child, unblocked"); // hit: child
        _exit(5); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    sigdelset(&all, SIGCHLD); // hit: parent
    sigprocmask(SIG_SETMASK, &all, NULL); // hit: parent
    signals("in the parent"); // hit: parent
    sigprocmask(SIG_SETMASK, &old, NULL); // hit: parent
    signals("in the parent, unblocked"); // hit: parent
    return 0; // hit: parent
} // hit: parent
