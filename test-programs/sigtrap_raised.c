// The program's own SIGTRAPs, by raise and from a child by kill: each reaches the handler once, with its own siginfo.
// processes: 2
// tree: parent > child
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile sig_atomic_t raised, sent, other; // none

static void trapped(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context; // none
    if (info->si_code == SI_TKILL) // hit: parent
        raised++; // hit: parent
    else if (info->si_code == SI_USER && info->si_pid != getpid()) // hit: parent
        sent++; // hit: parent
    else
        other++; // miss
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART}; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    raise(SIGTRAP); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        kill(getppid(), SIGTRAP); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    raise(SIGTRAP); // hit: parent
    dprintf(1, "raised %d, sent %d, other %d\n", raised, sent, other); // hit: parent
    return 0; // hit: parent
} // hit: parent
