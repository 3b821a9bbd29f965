// Signals that the program sends itself, and that it gets from a timer or from its parent.
#include "runtime.h"
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>

static volatile unsigned arrivals[65];
static __thread volatile unsigned arrivals_here[65];
static __thread sigjmp_buf *aimed;
static __thread int has_other_stack;

static void mask(int how, int signal) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(how, &set, NULL);
}

void block(int signal) { mask(SIG_BLOCK, signal); }

void unblock(int signal) { mask(SIG_UNBLOCK, signal); }

// A new image has the mask of the old one.
void handle(int signal, void (*handler)(int), int flags) {
    if (flags & SA_ONSTACK && !has_other_stack) {
        size_t size = 1 << 16;
        sigaltstack(&(stack_t){.ss_sp = malloc(size), .ss_size = size}, NULL);
        has_other_stack = 1;
    }
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(signal, &action, NULL);
    unblock(signal);
}

// The last thing that a handler does.
void arrived(int signal) {
    arrivals[signal]++;
    arrivals_here[signal]++;
}

// In a process of several threads only RAISE is sure to be handled when this returns.
void send_self(int signal, enum way way) {
    switch (way) {
    case RAISE:
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
        break;
    case KILL:
        kill(getpid(), signal);
        break;
    case QUEUE:
        sigqueue(getpid(), signal, (union sigval){.sival_int = 7});
        break;
    }
}

void receive(const struct child *child, int signal) {
    unsigned before = arrivals[signal];
    *child->cell = 1;
    while (arrivals[signal] == before)
        usleep(100);
}

void poke(const struct child *child, int signal) {
    wait_for(child->cell);
    kill(child->pid, signal);
}

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

// The signals go to this thread: so when the timer is gone, none is still to be handled by another one.
timer_t tick(int signal) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    struct itimerspec every = {{0, 2000000}, {0, 300000}};
    timer_t timer;
    arrivals_here[signal] = 0;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &every, NULL) != 0)
        _exit(90);
    return timer;
}

void untick(timer_t timer, int signal) {
    while (!arrivals_here[signal])
        usleep(100);
    timer_delete(timer);
}

sigjmp_buf *aim(sigjmp_buf *at) {
    sigjmp_buf *before = aimed;
    aimed = at;
    return before;
}

void leap(void) { siglongjmp(*aimed, 1); }

unsigned zero(void) { return 0; }
