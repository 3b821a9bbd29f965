// How processes end.
#include "runtime.h"
#include <sys/time.h>

enum { STORM = 60 };

int *nowhere(void) { return NULL; }

void reset(int number) {
    signal(number, SIG_DFL);
    unblock(number);
}

void die(int signal) {
    if (signal != SIGKILL)
        reset(signal);
    kill(getpid(), signal);
    for (;;)
        pause();
}

void die_by_alarm(void) {
    reset(SIGALRM);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 1000}, NULL);
    for (;;)
        pause();
}

void park(volatile int *cell) {
    *cell = 1;
    for (;;)
        pause();
}

void kill_parked(struct child *child, int signal, unsigned microseconds) {
    wait_for(child->cell);
    usleep(microseconds);
    kill(child->pid, signal);
}

static void *nothing(void *at) { return at; }

// Makes threads until its process ends or calls exec, or there have been many.
static _Noreturn void storm_of_threads(volatile int *cell) {
    *cell = 1;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 10 * STORM; i++) {
        pthread_t thread;
        pthread_create(&thread, &detached, nothing, NULL);
    }
    for (;;)
        pause();
}

// Makes children until it is killed, or there are many. Nobody waits for them, and nobody knows how many they are.
void storm(struct self *me, volatile int *cell, work *work, unsigned x) {
    if (!work)
        storm_of_threads(cell);
    *cell = 1;
    for (int i = 0; i < STORM; i++) {
        if (fork() == 0) {
            become(me, extended(me, "*", (unsigned)i));
            break_loose();
            work(me, x);
            _exit(0);
        }
    }
    for (;;)
        pause();
}
