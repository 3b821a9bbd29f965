// Jumps out of handlers that block SIGTRAP, with the mask put back and without: what is blocked then stays so.
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <setjmp.h>
#include "role.h"
#include "signals.h"

static sigjmp_buf back; // none

static void jumps(int signal) { // hit: parent
    siglongjmp(back, signal); // hit: parent
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_handler = jumps}; // hit: parent
    sigfillset(&action.sa_mask); // hit: parent
    sigaction(SIGUSR1, &action, NULL); // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    if (sigsetjmp(back, 1) == 0) // hit: parent
        raise(SIGUSR1); // hit: parent
    signals("with the mask put back"); // hit: parent
    if (sigsetjmp(back, 1) == 0) // hit: parent
        raise(SIGTRAP); // hit: parent
    signals("with the mask put back, from SIGTRAP"); // hit: parent
    if (sigsetjmp(back, 0) == 0) // hit: parent
        raise(SIGUSR1); // hit: parent
    signals("with the handler's mask"); // hit: parent
    sigset_t none; // none
    sigemptyset(&none); // hit: parent
    sigprocmask(SIG_SETMASK, &none, NULL); // hit: parent
    signals("unblocked"); // hit: parent
    return 0; // hit: parent
} // hit: parent
