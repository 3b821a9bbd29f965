// A SIGTRAP that comes while it is blocked stays pending through new lines, and is handled exactly once, with its own
// siginfo: raised, sent to the process, and queued.
// variant: dynamic:
// variant: static: -static
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#define _GNU_SOURCE
#include <sys/syscall.h>
#include "role.h"
#include "signals.h"

static void trapped(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context; // none
    dprintf(1, "code %d, from here %d, value %d\n", info->si_code, info->si_pid == getpid(), // hit: parent
            info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    sigset_t trap; // none
    sigemptyset(&trap); // hit: parent
    sigaddset(&trap, SIGTRAP); // hit: parent
    struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    sigprocmask(SIG_BLOCK, &trap, NULL); // hit: parent
    raise(SIGTRAP); // hit: parent
    signals("raised"); // hit: parent
    sigprocmask(SIG_UNBLOCK, &trap, NULL); // hit: parent
    signals("behind the first"); // hit: parent
    sigprocmask(SIG_BLOCK, &trap, NULL); // hit: parent
    kill(getpid(), SIGTRAP); // hit: parent
    signals("sent"); // hit: parent
    sigprocmask(SIG_UNBLOCK, &trap, NULL); // hit: parent
    signals("behind the second"); // hit: parent
    sigprocmask(SIG_BLOCK, &trap, NULL); // hit: parent
    siginfo_t info = {.si_signo = SIGTRAP, .si_code = SI_QUEUE, .si_value.sival_int = 23}; // hit: parent
    info.si_pid = getpid(); // hit: parent
    syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGTRAP, &info); // hit: parent
    signals("queued"); // hit: parent
    kill(getpid(), SIGTRAP); // hit: parent
    signals("queued and sent"); // hit: parent
    sigprocmask(SIG_UNBLOCK, &trap, NULL); // hit: parent
    signals("at last"); // hit: parent
    return 0; // hit: parent
} // hit: parent
