// A stopped job gets SIGTERM and SIGCONT, as from a shell's `kill %1`. Its parent sees that it continues, if it looks in time,
// and then that it was killed; never that it stops again, and nothing after its death.
// no-oracle: whether the parent sees that a job continues is up to chance
// processes: 21
// tree: parent > job
// ends: job = SIGTERM
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

enum { JOBS = 20 };

static volatile int codes, reversed;

static void on_child(int signal, siginfo_t *info, void *unused) { // hit: parent
    static int dead; // none
    codes++; // hit: parent
    if (info->si_code == CLD_KILLED) // hit: parent
        dead = info->si_pid; // hit: parent
    else if (info->si_pid == dead) // hit: parent
        reversed++; // miss
} // hit: parent

int main(void) { // hit: parent
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART}; // hit: parent
    int stopped = 0, killed = 0, others = 0; // hit: parent
    role("parent"); // hit: parent
    sigaction(SIGCHLD, &action, NULL); // hit: parent
    for (int i = 0; i < JOBS; i++) { // hit: parent
        pid_t job = fork(); // hit: parent
        if (job == 0) { // hit: parent, job
            role("job"); // hit: job
            setpgid(0, 0); // hit: job
            raise(SIGSTOP); // hit: job
            for (;;)
                pause(); // miss
        }
        int status; // none
        waitpid(job, &status, WUNTRACED); // hit: parent
        stopped += WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP; // hit: parent
        killpg(job, SIGTERM); // hit: parent
        killpg(job, SIGCONT); // hit: parent
        while (waitpid(job, &status, WUNTRACED | WCONTINUED) == job && !WIFSIGNALED(status)) // hit: parent
            others += !WIFCONTINUED(status);
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM; // hit: parent
    }
    dprintf(1, "stopped %d, killed %d, others %d, reversed %d\n", stopped, killed, others, reversed); // hit: parent
    return codes < JOBS; // hit: parent
} // hit: parent
