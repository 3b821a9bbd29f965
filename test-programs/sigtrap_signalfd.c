// A blocked SIGTRAP is read from a signalfd, once, with what was said when it was raised and when it was queued.
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <sys/signalfd.h>
#include "role.h"
#include "signals.h"

static void take(int file) { // hit: parent
    struct signalfd_siginfo info; // none
    while (read(file, &info, sizeof info) == sizeof info) // hit: parent
        dprintf(1, "signal %d, code %d, from here %d, value %d\n", info.ssi_signo, info.ssi_code, // hit: parent
                info.ssi_pid == (uint32_t)getpid(), info.ssi_int);
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    sigset_t trap; // none
    sigemptyset(&trap); // hit: parent
    sigaddset(&trap, SIGTRAP); // hit: parent
    sigprocmask(SIG_BLOCK, &trap, NULL); // hit: parent
    int file = signalfd(-1, &trap, SFD_CLOEXEC | SFD_NONBLOCK); // hit: parent
    raise(SIGTRAP); // hit: parent
    signals("raised"); // hit: parent
    take(file); // hit: parent
    signals("taken"); // hit: parent
    sigqueue(getpid(), SIGTRAP, (union sigval){.sival_int = 5}); // hit: parent
    signals("queued"); // hit: parent
    take(file); // hit: parent
    signals("taken again"); // hit: parent
    return 0; // hit: parent
} // hit: parent
