// Real-time signals from a child, queued while blocked: all of them, in order, each with its value and sender.
// processes: 2
// tree: parent > child
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile int count, values[4], from_child; // none
static pid_t child; // none

static void queued(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context; // none
    values[count++] = info->si_value.sival_int; // hit: parent
    from_child += info->si_code == SI_QUEUE && info->si_pid == child; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int signal = SIGRTMIN + 3; // hit: parent
    struct sigaction action = {.sa_sigaction = queued, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(signal, &action, NULL); // hit: parent
    sigset_t set, old; // none
    sigemptyset(&set); // hit: parent
    sigaddset(&set, signal); // hit: parent
    sigprocmask(SIG_BLOCK, &set, &old); // hit: parent
    child = fork();
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        for (int i = 0; i < 4; i++) // hit: child
            sigqueue(getppid(), signal, (union sigval){.sival_int = 42 + i}); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    dprintf(1, "before: %d\n", count); // hit: parent
    sigprocmask(SIG_SETMASK, &old, NULL); // hit: parent
    dprintf(1, "values %d %d %d %d, from the child %d\n", values[0], values[1], values[2], values[3], // hit: parent
            from_child);
    return 0; // hit: parent
} // hit: parent
