// Processes that are killed while they make others: by fork, by vfork and exec, by exec of themselves, and by fork in
// several threads. The thread that would report a birth may be dead before it does. No process is left over, nothing hangs, and
// nothing is said on stderr.
// compile: -pthread
// no-oracle: which of its processes run at all is not determined
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "role.h"

enum { ROUNDS = 80 };

static int told;

// One more step of a storm, so that its killer can choose when to come, however slow the machine is.
static void tell(void) {
    if (write(told, "x", 1) != 1)
        _exit(1);
}

static void *forks(void *unused) {
    for (;;) {
        tell();
        if (fork() == 0)
            _exit(0);
    }
    return unused;
}

static void storm(int kind) {
    signal(SIGCHLD, SIG_IGN);
    pthread_t thread;
    char number[12];
    snprintf(number, sizeof number, "%d", told);
    if (kind == 2)
        for (int i = 0; i < 3; i++)
            pthread_create(&thread, NULL, forks, NULL);
    if (kind == 2 || kind == 3)
        forks(NULL);
    for (;;) {
        tell();
        if (kind == 0)
            execl("/proc/self/exe", "killed_at_birth", number, (char *)NULL);
        if (vfork() == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
    }
}

static void is_killed(int kind, int steps) { // hit: parent
    int ends[2]; // none
    if (pipe(ends)) // hit: parent
        exit(1); // miss
    told = ends[1]; // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) {
        setpgid(0, 0);
        storm(kind);
    }
    setpgid(child, child); // hit: parent
    char byte; // none
    for (int i = 0; i < steps; i++) // hit: parent
        if (read(ends[0], &byte, 1) != 1) // hit: parent
            exit(1); // miss
    killpg(child, SIGKILL); // hit: parent
    int status = 0, others = 0; // hit: parent
    waitpid(child, &status, 0); // hit: parent
    while (waitpid(-child, NULL, 0) > 0)
        others++;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL || errno != ECHILD) // hit: parent
        dprintf(1, "status %#x, %d others\n", status, others); // miss
    close(ends[0]), close(ends[1]); // hit: parent
} // hit: parent

int main(int argc, char **argv) {
    if (argc > 1) {
        told = atoi(argv[1]);
        storm(0);
    }
    role("parent"); // hit: parent
    // The orphans come to it, so that it knows when all are gone.
    prctl(PR_SET_CHILD_SUBREAPER, 1); // hit: parent
    for (int round = 0; round < ROUNDS; round++) // hit: parent
        is_killed(round % 4, round % 16 / 4 * (round % 3)); // hit: parent
    dprintf(1, "done\n"); // hit: parent
    return 0; // hit: parent
} // hit: parent
