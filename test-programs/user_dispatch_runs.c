// Syscall user dispatch while a program begins to count by itself: what is injected for that is none of its own calls.
// processes: 2
// tree: parent > child
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include "role.h"

enum { DISPATCH = 59, OUTSIDE = 1 };

static volatile char selector;
static volatile int refused;

static void on_refusal(int signal, siginfo_t *info, void *context) { // hit: parent, child
    selector = 0; // hit: parent, child
    refused++; // hit: parent, child
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = 4242; // hit: parent, child
} // hit: parent, child

static int branches(int n) { // hit: parent, child
    int sum = 0; // hit: parent, child
    if (n & 1) // hit: parent, child
        sum += 1; // hit: parent, child
    if (n & 2) // hit: parent, child
        sum += 2; // hit: parent, child
    if (n & 4) // hit: parent, child
        sum += 3; // hit: parent, child
    if (n & 8) // hit: parent, child
        sum += 4; // hit: parent, child
    if (n & 16) // hit: parent, child
        sum += 5; // hit: parent, child
    if (n & 32) // hit: parent, child
        sum += 6; // hit: parent, child
    if (n & 64) // hit: parent, child
        sum += 7; // hit: parent, child
    return sum; // hit: parent, child
} // hit: parent, child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction refusal = {.sa_sigaction = on_refusal, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGSYS, &refusal, NULL); // hit: parent
    prctl(DISPATCH, OUTSIDE, 0, 0, &selector); // hit: parent
    int sum = 0; // hit: parent
    selector = 1; // hit: parent
    for (int i = 0; i < 128; i++) // hit: parent
        sum += branches(i); // hit: parent
    long got = syscall(SYS_getppid); // hit: parent
    dprintf(1, "%d %ld %d\n", sum, got, refused); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        prctl(DISPATCH, OUTSIDE, 0, 0, &selector); // hit: child
        selector = 1; // hit: child
        sum = branches(127); // hit: child
        got = syscall(SYS_getppid); // hit: child
        dprintf(1, "%d %ld %d\n", sum, got, refused); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
} // hit: parent
