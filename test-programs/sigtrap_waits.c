// Handlers called out of sigsuspend, ppoll and pselect, which wait with masks of their own: with and without SIGTRAP
// blocked in the handler, and outside.
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#define _GNU_SOURCE
#include <poll.h>
#include <sys/select.h>
#include "role.h"
#include "signals.h"

static void handler(int signal) { // hit: parent
    signals(signal == SIGUSR1 ? "SIGUSR1" : "SIGUSR2"); // hit: parent
    static int calls; // none
    if (calls == 0) // hit: parent
        signals("again in the first call"); // hit: parent
    if (calls == 1) // hit: parent
        signals("again in the second call"); // hit: parent
    if (calls == 2) // hit: parent
        signals("again in the third call"); // hit: parent
    calls++; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    signal(SIGUSR1, handler); // hit: parent
    signal(SIGUSR2, handler); // hit: parent
    sigset_t all, none, trap; // none
    sigfillset(&all); // hit: parent
    sigemptyset(&none); // hit: parent
    sigemptyset(&trap); // hit: parent
    sigaddset(&trap, SIGTRAP); // hit: parent
    sigprocmask(SIG_SETMASK, &all, NULL); // hit: parent
    raise(SIGUSR1); // hit: parent
    sigsuspend(&none); // hit: parent
    signals("behind sigsuspend"); // hit: parent
    raise(SIGUSR2); // hit: parent
    ppoll(NULL, 0, NULL, &trap); // hit: parent
    signals("behind ppoll"); // hit: parent
    sigemptyset(&all); // hit: parent
    sigaddset(&all, SIGUSR1); // hit: parent
    sigprocmask(SIG_SETMASK, &all, NULL); // hit: parent
    raise(SIGUSR1); // hit: parent
    pselect(0, NULL, NULL, NULL, NULL, &trap); // hit: parent
    signals("behind pselect"); // hit: parent
    return 0; // hit: parent
} // hit: parent
