// Syscall user dispatch (Wine): while the selector says so, a system call raises SIGSYS. What a tracer injects is none of the
// program's: it stops for new lines meanwhile, with SIGTRAP blocked and caught as well, and forks.
// variant: outside: -DMODE=1
// variant: inside: -DMODE=2
// processes: 2
// tree: parent > child
// no-oracle: single steps end in SIGSYS handlers
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include "role.h"

enum { DISPATCH = 59 };

static volatile char selector;
static volatile int refused, trapped;

static void on_refusal(int signal, siginfo_t *info, void *context) { // hit: parent, child
    selector = 0; // hit: parent, child
    refused++; // hit: parent, child
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = 4242; // hit: parent, child
} // hit: parent, child

static void on_trap(int signal) { // hit: parent, child
    trapped++; // hit: parent, child
} // hit: parent, child

// Every call is dispatched: with MODE 1 no range is excepted, with MODE 2 one is named that has all code in it.
static int dispatch(void) { // hit: parent, child
    return prctl(DISPATCH, MODE, MODE == 2 ? 0x10000L : 0, MODE == 2 ? 0x7ffff0000000L : 0, &selector); // hit: parent, child
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

static int blocked(int n) { // hit: parent, child
    if (n > 2) // hit: parent, child
        n *= 2; // hit: parent, child
    return n + 1; // hit: parent, child
} // hit: parent, child

static void all(const char *name) { // hit: parent, child
    int sum = 0; // hit: parent, child
    selector = 1; // hit: parent, child
    for (int i = 0; i < 128; i++) // hit: parent, child
        sum += branches(i); // hit: parent, child
    long got = syscall(SYS_getppid); // hit: parent, child
    sigset_t trap; // none
    sigemptyset(&trap); // hit: parent, child
    sigaddset(&trap, SIGTRAP); // hit: parent, child
    sigprocmask(SIG_BLOCK, &trap, NULL); // hit: parent, child
    selector = 1; // hit: parent, child
    sum += blocked(sum); // hit: parent, child
    selector = 0; // hit: parent, child
    raise(SIGTRAP); // hit: parent, child
    dprintf(1, "%s %d %ld, refused %d, trapped %d\n", name, sum, got, refused, trapped); // hit: parent, child
    sigprocmask(SIG_UNBLOCK, &trap, NULL); // hit: parent, child
    dprintf(1, "%s trapped %d\n", name, trapped); // hit: parent, child
} // hit: parent, child

int main(void) { // hit: parent
    struct sigaction refusal = {.sa_sigaction = on_refusal, .sa_flags = SA_SIGINFO}, trap = {.sa_handler = on_trap}; // hit: parent
    role("parent"); // hit: parent
    sigaction(SIGSYS, &refusal, NULL); // hit: parent
    sigaction(SIGTRAP, &trap, NULL); // hit: parent
    int done = dispatch(); // hit: parent
    dprintf(1, "dispatch %d\n", done); // hit: parent
    all("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        dispatch(); // hit: child
        all("child"); // hit: child
        _exit(0); // hit: child
    }
    int status;
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %x\n", status); // hit: parent
    return 0; // hit: parent
} // hit: parent
