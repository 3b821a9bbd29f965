// Each signal from 1 to 64 that can be caught, sent by another process: once for each time that it was sent if it is
// a real-time one, once if it was pending already, and each with its code, its sender and its value. The C library
// keeps 32 and 33 for itself, so the system calls are made directly. SIGTRAP has programs of its own.
// processes: 2
// tree: parent > child
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "role.h"

struct action {
    void (*handler)(int, siginfo_t *, void *);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

enum { LAST = 64, ROUNDS = 3 };

static pid_t child;
static volatile int seen[LAST + 1], queued[LAST + 1], right[LAST + 1];

void back(void);
__asm__("back: mov $15, %eax\n syscall");

static void handler(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)context;
    int n = seen[signal]++; // hit: parent
    queued[signal] += info->si_value.sival_int; // hit: parent
    right[signal] += info->si_signo == signal && info->si_code == SI_QUEUE - n && info->si_pid == child && // hit: parent
                     info->si_uid == getuid(); // hit: parent
} // hit: parent

static int can_be_caught(int signal) { // hit: parent, child
    return signal != SIGKILL && signal != SIGSTOP && signal != SIGTRAP; // hit: parent, child
} // hit: parent, child

static void sends(void) { // hit: child
    siginfo_t info;
    memset(&info, 0, sizeof info); // hit: child
    for (int signal = 1; signal <= LAST; signal++) // hit: child
        for (int i = 0; can_be_caught(signal) && i < ROUNDS; i++) { // hit: child
            info.si_code = SI_QUEUE - i; // hit: child
            info.si_pid = getpid(); // hit: child
            info.si_uid = getuid(); // hit: child
            info.si_value.sival_int = 100 * signal + i; // hit: child
            syscall(SYS_rt_sigqueueinfo, getppid(), signal, &info); // hit: child
        }
} // hit: child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    unsigned long all = ~(1UL << (SIGTRAP - 1)), before; // hit: parent
    // Its flag 0x04000000 is SA_RESTORER, which x86-64 demands.
    struct action action = {handler, SA_SIGINFO | 0x04000000, back, all}; // hit: parent
    for (int signal = 1; signal <= LAST; signal++) // hit: parent
        if (can_be_caught(signal)) // hit: parent
            syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof all); // hit: parent
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all); // hit: parent
    child = fork(); // hit: parent, child
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        sends(); // hit: child
        _exit(0); // hit: child
    }
    siginfo_t info;
    waitid(P_PID, child, &info, WEXITED | WNOWAIT); // hit: parent
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof all); // hit: parent
    waitpid(child, NULL, 0); // hit: parent
    for (int signal = 1; signal <= LAST; signal++) // hit: parent
        dprintf(1, "%d: seen %d, right %d, values %d\n", signal, seen[signal], right[signal], queued[signal]); // hit: parent
    return 0; // hit: parent
} // hit: parent
