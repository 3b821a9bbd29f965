// Threads are signalled wherever they are in code that others run at the same time. The handler sees the program's own code
// only, and every third signal leaves by siglongjmp.
// compile: -pthread
// processes: 4
// tree: parent > child
// no-oracle: it runs until it has been interrupted
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include "role.h"

enum { THREADS = 4, SIGNALS = 300, CHILDREN = 3 };

extern char __executable_start[], etext[];
static _Atomic int handled, left, elsewhere, wrong; // none
static _Atomic int running, over; // none
static _Thread_local sigjmp_buf out; // none
static _Thread_local volatile int may_jump, own; // none

static int is_elsewhere(const void *address) { // hit: parent, child
    return (const char *)address >= __executable_start && (const char *)address < etext ? 0 : 1; // hit: parent, child
} // hit: parent, child

static void handler(int signal, siginfo_t *info, void *context) { // hit: child
    (void)info, (void)signal;
    unsigned long counter = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP]; // hit: child
    if (own && is_elsewhere((void *)counter)) // hit: child
        elsewhere++; // miss
    if (++handled % 3 == 0 && may_jump) { // hit: child
        may_jump = own = 0; // hit: child
        left++; // hit: child
        siglongjmp(out, 1); // hit: child
    }
} // hit: child

static __attribute__((noinline)) unsigned called(unsigned x) { // hit: parent, child
    if (is_elsewhere(__builtin_return_address(0))) // hit: parent, child
        elsewhere++; // miss
    return x * 5 + 1; // hit: parent, child
} // hit: parent, child

static unsigned (*volatile pointer)(unsigned) = called; // none

static __attribute__((noinline)) unsigned work(unsigned x) { // hit: parent, child
    for (unsigned n = 0; n < 60; n++) { // hit: parent, child
        if (x & 4) // hit: parent, child
            x ^= n; // hit: parent, child
        x += n & 1 ? called(x) : pointer(x); // hit: parent, child
        switch ((n ^ 1) % 6) { // hit: parent, child
        case 0: x += 11; break; // hit: parent, child
        case 2: x ^= x >> 3; break; // hit: parent, child
        case 5: x -= n; break; // hit: parent, child
        default: x *= 3; // hit: parent, child
        }
        if (x == n && n == 61) // hit: parent, child
            x++; // miss
    }
    return x; // hit: parent, child
} // hit: parent, child

static unsigned expected; // none

static void *runs(void *argument) { // hit: child
    running++; // hit: child
    while (!over) { // hit: child
        if (sigsetjmp(out, 1) == 0) { // hit: child
            own = may_jump = 1; // hit: child
            unsigned got = work(9); // hit: child
            may_jump = own = 0; // hit: child
            wrong += got != expected; // hit: child
        }
    }
    return argument; // hit: child
} // hit: child

static void child(void) { // hit: child
    pthread_t threads[THREADS]; // none
    role("child"); // hit: child
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}; // hit: child
    sigaction(SIGUSR1, &action, NULL); // hit: child
    for (int n = 0; n < THREADS; n++) // hit: child
        pthread_create(&threads[n], NULL, runs, NULL); // hit: child
    while (running < THREADS) // hit: child
        usleep(100);
    for (int n = 0; handled < SIGNALS || left < 3; n++) { // hit: child
        pthread_kill(threads[n % THREADS], SIGUSR1); // hit: child
        usleep(50); // hit: child
    }
    over = 1; // hit: child
    for (int n = 0; n < THREADS; n++) // hit: child
        pthread_join(threads[n], NULL); // hit: child
    _exit(elsewhere + wrong); // hit: child
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    expected = work(9); // hit: parent
    int status, failed = 0; // hit: parent
    for (int n = 0; n < CHILDREN; n++) { // hit: parent
        if (fork() == 0) // hit: parent, child
            child(); // hit: child
        wait(&status); // hit: parent
        failed += status != 0; // hit: parent
    }
    printf("%u, failed %d\n", expected, failed); // hit: parent
    return 0; // hit: parent
} // hit: parent
