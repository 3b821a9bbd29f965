// Threads that block SIGTRAP all at the same time, then threads that ignore it, and threads that handle it, with new
// lines in each: none disturbs another.
// compile: -pthread
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <pthread.h>
#include "role.h"
#include "signals.h"

static _Atomic int wrong, handled; // none
static pthread_barrier_t barrier; // none

static int is_blocked(void) { // hit: parent
    sigset_t mask; // none
    pthread_sigmask(SIG_BLOCK, NULL, &mask); // hit: parent
    return sigismember(&mask, SIGTRAP); // hit: parent
} // hit: parent

static void trapped(int signal) { // hit: parent
    wrong += signal != SIGTRAP || is_blocked(); // hit: parent
    handled++; // hit: parent
} // hit: parent

static void *blocks(void *argument) { // hit: parent
    sigset_t all, old; // none
    sigfillset(&all); // hit: parent
    pthread_barrier_wait(&barrier); // hit: parent
    for (int n = 0; n < 20; n++) { // hit: parent
        pthread_sigmask(SIG_SETMASK, &all, &old); // hit: parent
        wrong += sigismember(&old, SIGTRAP); // hit: parent
        if (n == 3) // hit: parent
            wrong += !is_blocked(); // hit: parent
        if (n == 9) // hit: parent
            wrong += !is_blocked(); // hit: parent
        wrong += !is_blocked(); // hit: parent
        pthread_sigmask(SIG_SETMASK, &old, NULL); // hit: parent
        if (n == 15) // hit: parent
            wrong += is_blocked(); // hit: parent
        wrong += is_blocked(); // hit: parent
    }
    return argument; // hit: parent
} // hit: parent

static void *raises(void *argument) { // hit: parent
    pthread_barrier_wait(&barrier); // hit: parent
    for (int n = 0; n < 20; n++) { // hit: parent
        raise(SIGTRAP); // hit: parent
        if (n == 7) // hit: parent
            wrong += is_blocked(); // hit: parent
        if (n == 14) // hit: parent
            wrong += is_blocked(); // hit: parent
        wrong += is_blocked(); // hit: parent
    }
    return argument; // hit: parent
} // hit: parent

static void *ignores(void *argument) { // hit: parent
    pthread_barrier_wait(&barrier); // hit: parent
    raise(SIGTRAP); // hit: parent
    for (int n = 0; n < 20; n++) { // hit: parent
        if (n == 7) // hit: parent
            raise(SIGTRAP); // hit: parent
        if (n == 14) // hit: parent
            raise(SIGTRAP); // hit: parent
        wrong += is_blocked(); // hit: parent
    }
    return argument; // hit: parent
} // hit: parent

static void run(void *(*start)(void *)) { // hit: parent
    pthread_t threads[4]; // none
    for (int n = 0; n < 4; n++) // hit: parent
        pthread_create(&threads[n], NULL, start, NULL); // hit: parent
    for (int n = 0; n < 4; n++) // hit: parent
        pthread_join(threads[n], NULL); // hit: parent
} // hit: parent

// A thread that has been joined may not be gone yet.
static int is_alone(void) { // hit: parent
    char text[4096]; // none
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC); // hit: parent
    ssize_t length = read(file, text, sizeof text - 1); // hit: parent
    close(file); // hit: parent
    text[length] = 0; // hit: parent
    return strstr(text, "Threads:\t1\n") != NULL; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pthread_barrier_init(&barrier, NULL, 4); // hit: parent
    run(blocks); // hit: parent
    signal(SIGTRAP, SIG_IGN); // hit: parent
    run(ignores); // hit: parent
    while (!is_alone()) // hit: parent
        usleep(100);
    signals("ignored"); // hit: parent
    struct sigaction action = {.sa_handler = trapped, .sa_flags = SA_NODEFER}; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    run(raises); // hit: parent
    dprintf(1, "handled %d, wrong %d\n", handled, wrong); // hit: parent
    signals("at last"); // hit: parent
    return 0; // hit: parent
} // hit: parent
