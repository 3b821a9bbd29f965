// A SIGCHLD handler reaps the children, with the right PID, code and status in its siginfo.
// processes: 4
// tree: parent > child
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile int reaped, sum, right; // none
static pid_t children[3]; // none

static void child_ended(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context; // none
    int status; // none
    pid_t pid = waitpid(-1, &status, WNOHANG); // hit: parent
    if (pid <= 0) // hit: parent
        return; // miss
    right += info->si_pid == pid && info->si_code == CLD_EXITED && info->si_status == WEXITSTATUS(status); // hit: parent
    reaped++; // hit: parent
    sum += WEXITSTATUS(status); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = child_ended, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGCHLD, &action, NULL); // hit: parent
    sigset_t chld, old; // none
    sigemptyset(&chld); // hit: parent
    sigaddset(&chld, SIGCHLD); // hit: parent
    sigprocmask(SIG_BLOCK, &chld, &old); // hit: parent
    for (int i = 0; i < 3; i++) { // hit: parent
        children[i] = fork();
        if (children[i] == 0) { // hit: parent, child
            role("child"); // hit: child
            _exit(10 + i); // hit: child
        }
        while (reaped == i) // hit: parent
            sigsuspend(&old); // hit: parent
    }
    dprintf(1, "reaped %d, sum %d, right %d\n", reaped, sum, right); // hit: parent
    return 0; // hit: parent
} // hit: parent
