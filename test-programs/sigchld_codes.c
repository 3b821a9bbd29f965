// What a SIGCHLD handler gets about a child that exits, is killed, dumps core, stops and is continued.
// processes: 4
// tree: parent > exits, parent > killed, parent > stops
// ends: exits = 5
// ends: killed = SIGTERM
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "asleep.h"
#include "role.h"

static pid_t child;
static volatile int seen;
static volatile siginfo_t last;
static sigset_t closed, open_for_all;

static void handler(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context;
    last = *info; // hit: parent
    seen++; // hit: parent
} // hit: parent

static void expect(const char *what) { // hit: parent
    while (!seen) // hit: parent
        sigsuspend(&open_for_all); // hit: parent
    int right = last.si_pid == child && last.si_uid == getuid() && last.si_utime >= 0 && last.si_stime >= 0; // hit: parent
    dprintf(1, "%s: seen %d, code %d, status %d, right %d\n", what, seen, last.si_code, last.si_status, right); // hit: parent
    seen = 0; // hit: parent
} // hit: parent

static void start(const char *name) { // hit: parent
    child = fork(); // hit: parent, exits, killed, stops
    if (child == 0) { // hit: parent, exits, killed, stops
        role(name); // hit: exits, killed, stops
        if (name[0] == 'e') // hit: exits, killed, stops
            _exit(5); // hit: exits
        for (;;)
            pause(); // hit: killed, stops
    }
    if (name[0] != 'e') // hit: parent
        until_asleep(child); // hit: parent
} // hit: parent

static void ended(const char *what) { // hit: parent
    expect(what); // hit: parent
    int status;
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %#x\n", status & ~0x80); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGCHLD, &action, NULL); // hit: parent
    // Let in by sigsuspend alone, so that none comes between a look and a wait.
    sigemptyset(&closed); // hit: parent
    sigaddset(&closed, SIGCHLD); // hit: parent
    sigprocmask(SIG_BLOCK, &closed, &open_for_all); // hit: parent
    start("exits"); // hit: parent
    ended("exits"); // hit: parent
    start("killed"); // hit: parent
    kill(child, SIGTERM); // hit: parent
    ended("killed"); // hit: parent
    start("stops"); // hit: parent
    kill(child, SIGSTOP); // hit: parent
    expect("stopped"); // hit: parent
    kill(child, SIGCONT); // hit: parent
    expect("continued"); // hit: parent
    kill(child, SIGKILL); // hit: parent
    ended("killed"); // hit: parent
    return 0; // hit: parent
} // hit: parent
