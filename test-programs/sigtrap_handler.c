// A SIGTRAP handler with new lines at each call, with flags and masks of all kinds: it is called each time, and what it
// and the program around it see of their signals is as it should be.
// variant: plain: -DFLAGS=0 -DMASK=sigemptyset
// variant: nodefer: -DFLAGS=SA_NODEFER -DMASK=sigemptyset
// variant: resethand: -DFLAGS=SA_RESETHAND -DMASK=sigemptyset
// variant: full-mask: -DFLAGS=SA_NODEFER|SA_RESTART -DMASK=sigfillset
// variant: static: -DFLAGS=0 -DMASK=sigfillset -static
// processes: 1
// no-oracle: a single step inside the handler resets SIGTRAP's action
#include "role.h"
#include "signals.h"

static volatile int calls; // none

static void trapped(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context; // none
    if (calls == 0) // hit: parent
        signals("first call"); // hit: parent
    else if (calls == 1) // hit: parent
        signals("second call"); // hit: parent
    else if (calls == 2) // hit: parent
        signals("third call"); // hit: parent
    dprintf(1, "code %d, from here %d\n", info->si_code, info->si_pid == getpid()); // hit: parent
    calls++; // hit: parent
} // hit: parent

static void install(void) { // hit: parent
    struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO | (FLAGS)}; // hit: parent
    MASK(&action.sa_mask); // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
} // hit: parent

static void show(void) { // hit: parent
    struct sigaction now; // none
    sigaction(SIGTRAP, NULL, &now); // hit: parent
    dprintf(1, "handler %d, flags %#x, in mask %d\n", now.sa_sigaction == trapped, // hit: parent
            now.sa_flags & ~0x04000000, sigismember(&now.sa_mask, SIGUSR1));
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    install(); // hit: parent
    raise(SIGTRAP); // hit: parent
    signals("behind the first"); // hit: parent
    show(); // hit: parent
    install(); // hit: parent
    raise(SIGTRAP); // hit: parent
    signals("behind the second"); // hit: parent
    show(); // hit: parent
    install(); // hit: parent
    raise(SIGTRAP); // hit: parent
    signals("behind the third"); // hit: parent
    show(); // hit: parent
    dprintf(1, "%d calls\n", calls); // hit: parent
    return 0; // hit: parent
} // hit: parent
