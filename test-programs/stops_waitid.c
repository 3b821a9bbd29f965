// Each of the four stopping signals, seen by waitid with and without WNOWAIT, and the way back; stops that a blocked or
// ignored signal does not make, one that SIGCONT takes away while it waits, and one of a child with threads.
// compile: -pthread
// processes: 7
// tree: parent > group, group > child, parent > deaf
// ends: child = SIGKILL
// ends: deaf = 3
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "asleep.h"
#include "role.h"

static void *sleeps(void *unused) { // hit: child
    pause(); // hit: child
    return unused; // miss
} // miss

static void told(const char *what, pid_t child, int options) { // hit: group
    siginfo_t info = {0}; // hit: group
    int got = waitid(P_PID, (id_t)child, &info, options); // hit: group
    int right = info.si_pid == child && info.si_uid == getuid() && info.si_signo == SIGCHLD; // hit: group
    dprintf(1, "%s: %d, code %d, status %d, right %d\n", what, got, info.si_code, info.si_status, right); // hit: group
} // hit: group

static void is_stopped_by(int signal) { // hit: group
    pid_t child = fork(); // hit: group
    if (child == 0) { // hit: group, child
        role("child"); // hit: child
        pthread_t thread;
        for (int i = 0; i < 2; i++) // hit: child
            pthread_create(&thread, NULL, sleeps, NULL); // hit: child
        for (;;)
            pause(); // hit: child
    }
    until_threads_asleep(child, 3); // hit: group
    for (int i = 0; i < 3; i++) { // hit: group
        kill(child, signal); // hit: group
        told("looks", child, WSTOPPED | WNOWAIT); // hit: group
        told("stopped", child, WSTOPPED); // hit: group
        told("nothing new", child, WSTOPPED | WNOHANG); // hit: group
        // A stopped process dies of SIGKILL alone.
        kill(child, SIGCONT); // hit: group
        told("looks", child, WCONTINUED | WNOWAIT); // hit: group
        told("continued", child, WCONTINUED | WSTOPPED); // hit: group
    }
    kill(child, signal); // hit: group
    told("stopped", child, WSTOPPED); // hit: group
    kill(child, SIGKILL); // hit: group
    told("killed", child, WEXITED); // hit: group
} // hit: group

static void deaf(void) { // hit: deaf
    sigset_t set;
    sigemptyset(&set); // hit: deaf
    sigaddset(&set, SIGTTIN); // hit: deaf
    sigprocmask(SIG_BLOCK, &set, NULL); // hit: deaf
    signal(SIGTSTP, SIG_IGN); // hit: deaf
    raise(SIGTSTP); // hit: deaf
    raise(SIGTTIN); // hit: deaf
    // Takes away the stop that waits.
    raise(SIGCONT); // hit: deaf
    sigprocmask(SIG_UNBLOCK, &set, NULL); // hit: deaf
    _exit(3); // hit: deaf
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int signals[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU}; // hit: parent
    // SIGTSTP and the like stop no process in a group that has no parent in its session: this one must not be that.
    pid_t group = fork(); // hit: parent
    if (group == 0) { // hit: parent, group
        role("group"); // hit: group
        setpgid(0, 0); // hit: group
        for (int i = 0; i < 4; i++) // hit: group
            is_stopped_by(signals[i]); // hit: group
        _exit(0); // hit: group
    }
    waitpid(group, NULL, 0); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, deaf
        role("deaf"); // hit: deaf
        deaf(); // hit: deaf
    }
    int status;
    waitpid(child, &status, WUNTRACED); // hit: parent
    dprintf(1, "exited %d, %d\n", WIFEXITED(status), WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
