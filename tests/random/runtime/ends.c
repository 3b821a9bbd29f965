// How processes end.
#include "runtime.h"
#include <sys/time.h>

enum { STORM = 60 };

int *nowhere(void) { return NULL; }

void reset(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
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

// Makes children until it is killed, or there are many. Nobody waits for them, and nobody knows how many they are.
void storm(struct self *me, volatile int *cell, work *work, unsigned x) {
    *cell = 1;
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < STORM; i++) {
        if (fork() == 0) {
            *me = extended(me, "*", (unsigned)i);
            name(me);
            work(me, x);
            _exit(0);
        }
    }
    for (;;)
        pause();
}
