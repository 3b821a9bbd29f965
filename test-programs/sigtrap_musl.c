// SIGTRAP blocked, ignored and handled, in a program of musl: dynamic, static, and without symbols.
// compiler: musl-gcc
// other-sources: the start files of musl may have debug information
// variant: dynamic:
// variant: static: -static
// variant: without-symbols: -static -Wl,--discard-all
// processes: 2
// tree: parent > child
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <sys/wait.h>
#include "role.h"
#include "signals.h"

static volatile int calls; // none

static void trapped(int signal) { // hit: parent
    if (calls == 0) // hit: parent
        signals("first call"); // hit: parent
    else // none
        signals("second call"); // hit: parent
    calls += signal == SIGTRAP; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    sigset_t all, old; // none
    sigfillset(&all); // hit: parent
    sigdelset(&all, SIGCHLD); // hit: parent
    sigprocmask(SIG_BLOCK, &all, &old); // hit: parent
    signals("blocked"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        signals("blocked in a child"); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    sigprocmask(SIG_SETMASK, &old, NULL); // hit: parent
    signal(SIGTRAP, SIG_IGN); // hit: parent
    signals("ignored"); // hit: parent
    signal(SIGTRAP, trapped); // hit: parent
    raise(SIGTRAP); // hit: parent
    signals("between"); // hit: parent
    raise(SIGTRAP); // hit: parent
    signals("at last"); // hit: parent
    return calls - 2; // hit: parent
}
