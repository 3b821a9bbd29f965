// SIGTRAP, blocked and waited for with sigwaitinfo, comes with the value that was queued.
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <signal.h>
#include <stdio.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    sigset_t set; // none
    siginfo_t info; // none
    sigemptyset(&set); // hit: parent
    sigaddset(&set, SIGTRAP); // hit: parent
    sigprocmask(SIG_BLOCK, &set, NULL); // hit: parent
    sigqueue(getpid(), SIGTRAP, (union sigval){.sival_int = 17}); // hit: parent
    int fresh = 1; // hit: parent
    int signal = sigwaitinfo(&set, &info); // hit: parent
    fresh += signal; // hit: parent
    dprintf(1, "signal %d, value %d, queued %d\n", signal, info.si_value.sival_int, // hit: parent
            info.si_code == SI_QUEUE);
    return fresh - 6; // hit: parent
} // hit: parent
