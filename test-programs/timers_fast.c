// Timers at some kHz, one to the process and one to each of two threads, while line after line is new. Whatever the
// rate, the work's result is right, and every thread's own timer has signalled that thread alone.
// compile: -pthread
// processes: 1
// no-oracle: its timers are faster than single steps
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include "role.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define NEW(n) if (i % 16 == n) sum = sum * 31 + n

static volatile int ticks, wrong;
static __thread volatile int own;
static __thread int number;

static void tick(int signal) { // hit: parent
    (void)signal;
    ticks++; // hit: parent
} // hit: parent

static void own_tick(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context;
    own++; // hit: parent
    if (info->si_value.sival_int != number || info->si_code != SI_TIMER) // hit: parent
        wrong = 1; // miss
} // hit: parent

static unsigned long work(int rounds) { // hit: parent
    unsigned long sum = 0; // hit: parent
    for (int i = 0; i < rounds; i++) { // hit: parent
        NEW(0); // hit: parent
        NEW(1); // hit: parent
        NEW(2); // hit: parent
        NEW(3); // hit: parent
        NEW(4); // hit: parent
        NEW(5); // hit: parent
        NEW(6); // hit: parent
        NEW(7); // hit: parent
        NEW(8); // hit: parent
        NEW(9); // hit: parent
        NEW(10); // hit: parent
        NEW(11); // hit: parent
        NEW(12); // hit: parent
        NEW(13); // hit: parent
        NEW(14); // hit: parent
        NEW(15); // hit: parent
    }
    return sum; // hit: parent
} // hit: parent

static void *runs(void *argument) { // hit: parent
    number = (int)(long)argument; // hit: parent
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = number}; // hit: parent
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid); // hit: parent
    struct itimerspec often = {{0, 300000}, {0, 300000}}; // hit: parent
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, &event, &timer); // hit: parent
    timer_settime(timer, 0, &often, NULL); // hit: parent
    unsigned long sum = 0; // hit: parent
    for (int i = 0; i < 20 || own < 20; i++) // hit: parent
        sum = work(100); // hit: parent
    timer_delete(timer); // hit: parent
    return (void *)sum; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    unsigned long right = work(100); // hit: parent
    signal(SIGALRM, tick); // hit: parent
    struct sigaction action = {.sa_sigaction = own_tick, .sa_flags = SA_SIGINFO | SA_RESTART}; // hit: parent
    sigaction(SIGRTMIN, &action, NULL); // hit: parent
    struct itimerval often = {{0, 400}, {0, 400}}, never = {{0, 0}, {0, 0}}; // hit: parent
    setitimer(ITIMER_REAL, &often, NULL); // hit: parent
    pthread_t threads[2];
    for (long i = 0; i < 2; i++) // hit: parent
        pthread_create(&threads[i], NULL, runs, (void *)(i + 1)); // hit: parent
    do
        usleep(100); // hit: parent
    while (ticks < 50); // hit: parent
    for (int i = 0; i < 2; i++) { // hit: parent
        void *sum;
        pthread_join(threads[i], &sum); // hit: parent
        dprintf(1, "right %d\n", (unsigned long)sum == right); // hit: parent
    }
    setitimer(ITIMER_REAL, &never, NULL); // hit: parent
    dprintf(1, "enough ticks %d, wrong %d\n", ticks >= 50, wrong); // hit: parent
    return 0; // hit: parent
} // hit: parent
