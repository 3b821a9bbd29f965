// How a signal was sent shows in what its handler gets: kill, tgkill, sigqueue, a timer, a message queue's notice,
// readiness of a descriptor, and the kernel for a broken pipe.
// compile: -lrt -pthread
// timed-branches: it waits for a timer in a loop
// processes: 1
#define _GNU_SOURCE
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include "role.h"

static volatile int seen;
static volatile siginfo_t last;

static void handler(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context;
    last = *info; // hit: parent
    seen++; // hit: parent
} // hit: parent

static void tell(const char *how) { // hit: parent
    int mine = last.si_pid == getpid(); // hit: parent
    dprintf(1, "%s: seen %d, signal %d, code %d, from me %d\n", how, seen, last.si_signo, last.si_code, mine); // hit: parent
    seen = 0; // hit: parent
} // hit: parent

static void by_timer(void) { // hit: parent
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77}; // hit: parent
    struct itimerspec soon = {{0, 0}, {0, 1000000}}; // hit: parent
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, &event, &timer); // hit: parent
    timer_settime(timer, 0, &soon, NULL); // hit: parent
    while (!seen && usleep(500) == 0) // hit: parent
        ;
    dprintf(1, "value %d, overrun %d\n", last.si_value.sival_int, last.si_overrun); // hit: parent
    tell("timer"); // hit: parent
    timer_delete(timer); // hit: parent
} // hit: parent

static void by_descriptor(void) { // hit: parent
    int ends[2];
    if (pipe(ends)) // hit: parent
        return; // miss
    fcntl(ends[0], F_SETOWN, getpid()); // hit: parent
    fcntl(ends[0], F_SETSIG, SIGRTMIN); // hit: parent
    fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK); // hit: parent
    ssize_t wrote = write(ends[1], "x", 1); // hit: parent
    dprintf(1, "wrote %zd, the right descriptor %d, band %ld\n", wrote, last.si_fd == ends[0], last.si_band); // hit: parent
    tell("descriptor"); // hit: parent
    close(ends[0]); // hit: parent
    wrote = write(ends[1], "x", 1); // hit: parent
    dprintf(1, "wrote %zd, broken %d\n", wrote, errno == EPIPE); // hit: parent
    tell("pipe"); // hit: parent
    close(ends[1]); // hit: parent
} // hit: parent

static void by_queue(void) { // hit: parent
    char name[64];
    snprintf(name, sizeof name, "/forkcov-test-%d", getpid()); // hit: parent
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL); // hit: parent
    mq_unlink(name); // hit: parent
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 9}; // hit: parent
    mq_notify(queue, &event); // hit: parent
    mq_send(queue, "x", 1, 0); // hit: parent
    dprintf(1, "value %d\n", last.si_value.sival_int); // hit: parent
    tell("message queue"); // hit: parent
    mq_close(queue); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGRTMIN, &action, NULL); // hit: parent
    sigaction(SIGPIPE, &action, NULL); // hit: parent
    sigaction(SIGUSR1, &action, NULL); // hit: parent
    kill(getpid(), SIGUSR1); // hit: parent
    tell("kill"); // hit: parent
    syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1); // hit: parent
    tell("tgkill"); // hit: parent
    pthread_sigqueue(pthread_self(), SIGUSR1, (union sigval){.sival_int = 5}); // hit: parent
    dprintf(1, "value %d\n", last.si_value.sival_int); // hit: parent
    tell("sigqueue"); // hit: parent
    by_timer(); // hit: parent
    by_descriptor(); // hit: parent
    by_queue(); // hit: parent
    return 0; // hit: parent
} // hit: parent
