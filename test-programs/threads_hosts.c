// Threads run short blocks that count by way of springboards in the code of their neighbours, and are signalled there, while
// those become hot in other threads, and while the process forks. The handler sees the program's own code only, and every
// third signal leaves by siglongjmp.
// compile: -O2 -pthread
// processes: 13
// tree: parent > child, child > grandchild
// no-oracle: it runs until it has been interrupted
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include "role.h"
#include "short_blocks.h"

enum { THREADS = 3, SIGNALS = 12, CHILDREN = 3, FORK_EVERY = 8 };

extern char __executable_start[], etext[];
static _Atomic int left, elsewhere, wrong, running, over; // none
static _Thread_local sigjmp_buf out; // none
static _Thread_local volatile int may_jump, own; // none

FUNCTION(1) // hit: parent, child, grandchild
FUNCTION(2) // hit: parent, child, grandchild
FUNCTION(3) // hit: parent, child, grandchild
FUNCTION(4) // hit: parent, child, grandchild
FUNCTION(5) // hit: parent, child, grandchild
FUNCTION(6) // hit: parent, child, grandchild
FUNCTION(7) // hit: parent, child, grandchild
FUNCTION(8) // hit: parent, child, grandchild
FUNCTION(9) // hit: parent, child, grandchild
FUNCTION(10) // hit: parent, child, grandchild
FUNCTION(11) // hit: parent, child, grandchild
FUNCTION(12) // hit: parent, child, grandchild
FUNCTION(13) // hit: parent, child, grandchild
FUNCTION(14) // hit: parent, child, grandchild
FUNCTION(15) // hit: parent, child, grandchild
FUNCTION(16) // hit: parent, child, grandchild
FUNCTION(17) // hit: parent, child, grandchild
FUNCTION(18) // hit: parent, child, grandchild
FUNCTION(19) // hit: parent, child, grandchild
FUNCTION(20) // hit: parent, child, grandchild
FUNCTION(21) // hit: parent, child, grandchild
FUNCTION(22) // hit: parent, child, grandchild
FUNCTION(23) // hit: parent, child, grandchild
FUNCTION(24) // hit: parent, child, grandchild
FUNCTION(25) // miss

static unsigned (*volatile const functions[])(unsigned) = {f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15,
    f16, f17, f18, f19, f20, f21, f22, f23, f24, f25};
enum { USED = sizeof functions / sizeof *functions - 1 };
static unsigned expected[USED]; // none
static _Atomic int current; // none

static __attribute__((noinline)) unsigned rounds(int index) {
    unsigned x = 9, sum = 0;
    for (int n = 0; n < 10; n++)
        sum += x = functions[index](x + n); // hit: parent, child, grandchild
    return sum;
}

static void handler(int signal, siginfo_t *info, void *context) {
    (void)info, (void)signal;
    static _Atomic int handled;
    unsigned long counter = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    if (own && (counter < (unsigned long)__executable_start || counter >= (unsigned long)etext))
        elsewhere++; // miss
    if (++handled % 3 == 0 && may_jump) {
        may_jump = own = 0;
        left++; // hit: child
        siglongjmp(out, 1);
    }
}

static void *runs(void *argument) {
    running++; // hit: child
    while (!over) {
        int index = current;
        if (sigsetjmp(out, 1) == 0) {
            own = may_jump = 1;
            unsigned got = rounds(index); // hit: child
            may_jump = own = 0;
            if (got != expected[index])
                wrong++; // miss
        }
    }
    return argument;
}

static void grandchild(void) {
    role("grandchild"); // hit: grandchild
    int bad = 0;
    for (int n = 0; n < USED; n++)
        bad += rounds(n) != expected[n]; // hit: grandchild
    _exit(bad); // hit: grandchild
}

static void child(void) {
    pthread_t threads[THREADS];
    int status, failed = 0;
    role("child"); // hit: child
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL); // hit: child
    for (int n = 0; n < THREADS; n++)
        pthread_create(&threads[n], NULL, runs, NULL); // hit: child
    while (running < THREADS)
        usleep(100);
    for (int index = 0; index < USED; index++) {
        current = index;
        for (int n = 0; n < SIGNALS; n++) {
            pthread_kill(threads[n % THREADS], SIGUSR1); // hit: child
            usleep(50);
        }
        if (index % FORK_EVERY == 0) {
            if (fork() == 0)
                grandchild(); // hit: grandchild
            wait(&status); // hit: child
            failed += status != 0;
        }
        failed += rounds(index) != expected[index]; // hit: child
    }
    while (left < 3) {
        pthread_kill(threads[0], SIGUSR1);
        usleep(50);
    }
    over = 1; // hit: child
    for (int n = 0; n < THREADS; n++)
        pthread_join(threads[n], NULL); // hit: child
    _exit(elsewhere + wrong + failed); // hit: child
}

int main(void) {
    role("parent"); // hit: parent
    for (int n = 0; n < USED; n++)
        expected[n] = rounds(n); // hit: parent
    int status, failed = 0;
    for (int n = 0; n < CHILDREN; n++) {
        if (fork() == 0)
            child(); // hit: child
        wait(&status); // hit: parent
        failed += status != 0;
    }
    printf("%u, failed %d\n", expected[0], failed); // hit: parent
    return 0;
}
