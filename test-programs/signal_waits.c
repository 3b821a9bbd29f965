// Signals that are waited for instead of handled: sigwaitinfo, sigtimedwait, signalfd; and waits that let a signal in
// for their time: sigsuspend, ppoll, pselect, epoll_pwait. The sender waits until the other is asleep.
// processes: 9
// tree: parent > sender
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include "asleep.h"
#include "role.h"

static sigset_t waited, others;
static volatile int handled;
static pid_t sender;

static void handler(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context;
    handled += info->si_value.sival_int; // hit: parent
} // hit: parent

static void told(const char *how, int got, const siginfo_t *info) { // hit: parent
    int right = info->si_code == SI_QUEUE && info->si_pid == sender; // hit: parent
    dprintf(1, "%s: %d, value %d, right %d\n", how, got == SIGRTMIN, info->si_value.sival_int, right); // hit: parent
} // hit: parent

static void by_sigwaitinfo(void) { // hit: parent
    siginfo_t info;
    int got = sigwaitinfo(&waited, &info); // hit: parent
    told("sigwaitinfo", got, &info); // hit: parent
} // hit: parent

static void by_sigtimedwait(void) { // hit: parent
    siginfo_t info;
    int got = sigtimedwait(&waited, &info, &(struct timespec){60, 0}); // hit: parent
    told("sigtimedwait", got, &info); // hit: parent
    got = sigtimedwait(&waited, &info, &(struct timespec){0, 1000000}); // hit: parent
    dprintf(1, "none %d\n", got == -1 && errno == EAGAIN); // hit: parent
} // hit: parent

static void by_signalfd(void) { // hit: parent
    struct signalfd_siginfo info = {0}; // hit: parent
    int file = signalfd(-1, &waited, SFD_CLOEXEC); // hit: parent
    ssize_t got = read(file, &info, sizeof info); // hit: parent
    int right = info.ssi_code == SI_QUEUE && info.ssi_pid == (unsigned)sender; // hit: parent
    dprintf(1, "signalfd: %d, value %d, right %d\n", got == sizeof info, info.ssi_int, right); // hit: parent
    close(file); // hit: parent
} // hit: parent

static void ended(const char *how, int got) { // hit: parent
    dprintf(1, "%s: %d, interrupted %d, handled %d\n", how, got, errno == EINTR, handled); // hit: parent
    handled = 0; // hit: parent
} // hit: parent

static void by_sigsuspend(void) { // hit: parent
    ended("sigsuspend", sigsuspend(&others)); // hit: parent
} // hit: parent

static void by_ppoll(void) { // hit: parent
    ended("ppoll", ppoll(NULL, 0, NULL, &others)); // hit: parent
} // hit: parent

static void by_pselect(void) { // hit: parent
    ended("pselect", pselect(0, NULL, NULL, NULL, &(struct timespec){60, 0}, &others)); // hit: parent
} // hit: parent

static void by_epoll(void) { // hit: parent
    struct epoll_event event;
    int file = epoll_create1(0); // hit: parent
    int got = epoll_pwait(file, &event, 1, -1, &others); // hit: parent
    ended("epoll_pwait", got); // hit: parent
    close(file); // hit: parent
} // hit: parent

static void by_signalfd_and_poll(void) { // hit: parent
    int file = signalfd(-1, &waited, SFD_NONBLOCK); // hit: parent
    struct pollfd one = {.fd = file, .events = POLLIN}; // hit: parent
    int ready = poll(&one, 1, -1); // hit: parent
    dprintf(1, "poll: %d, ", ready); // hit: parent
    struct signalfd_siginfo info = {0}; // hit: parent
    ssize_t got = read(file, &info, sizeof info); // hit: parent
    dprintf(1, "value %d, then ", info.ssi_int); // hit: parent
    got = read(file, &info, sizeof info); // hit: parent
    dprintf(1, "none %d\n", got == -1 && errno == EAGAIN); // hit: parent
    close(file); // hit: parent
} // hit: parent

static void with_sender(void (*wait)(void), int value) { // hit: parent
    sender = fork(); // hit: parent, sender
    if (sender == 0) { // hit: parent, sender
        role("sender"); // hit: sender
        until_asleep(getppid()); // hit: sender
        sigqueue(getppid(), SIGRTMIN, (union sigval){.sival_int = value}); // hit: sender
        _exit(0); // hit: sender
    }
    wait(); // hit: parent
    waitpid(sender, NULL, 0); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART}; // hit: parent
    sigaction(SIGRTMIN, &action, NULL); // hit: parent
    sigemptyset(&waited); // hit: parent
    sigaddset(&waited, SIGRTMIN); // hit: parent
    sigprocmask(SIG_BLOCK, &waited, &others); // hit: parent
    with_sender(by_sigwaitinfo, 1); // hit: parent
    with_sender(by_sigtimedwait, 2); // hit: parent
    with_sender(by_signalfd, 3); // hit: parent
    with_sender(by_sigsuspend, 4); // hit: parent
    with_sender(by_ppoll, 5); // hit: parent
    with_sender(by_pselect, 6); // hit: parent
    with_sender(by_epoll, 7); // hit: parent
    with_sender(by_signalfd_and_poll, 8); // hit: parent
    return 0; // hit: parent
} // hit: parent
