// Threads in system calls that wait; each says so if one fails with EINTR, which without a handler none may.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <time.h>
#include "attach.h"

static int pipes[2];
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static sem_t semaphore;
static int interrupted;

static void told(const char *call, long result) {
    if (result == -1 && errno == EINTR) {
        printf("%s was interrupted\n", call);
        __atomic_fetch_add(&interrupted, 1, __ATOMIC_RELAXED);
    }
}

static void *reads(void *unused) {
    char byte;
    told("read", read(pipes[0], &byte, 1));
    return unused;
}

static void *polls(void *unused) {
    struct pollfd on = {.fd = pipes[0], .events = POLLIN};
    told("poll", poll(&on, 1, -1));
    return unused;
}

static void *epolls(void *unused) {
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event);
    told("epoll_wait", epoll_wait(epoll, &event, 1, -1));
    return unused;
}

static void *sleeps(void *unused) {
    struct timespec long_time = {.tv_sec = 1000};
    told("nanosleep", nanosleep(&long_time, NULL));
    return unused;
}

static void *locks(void *unused) {
    pthread_mutex_lock(&held);
    return unused;
}

static void *waits_for_semaphore(void *unused) {
    told("sem_wait", sem_wait(&semaphore));
    return unused;
}

static void *waits_for_signal(void *unused) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    siginfo_t info;
    told("sigwaitinfo", sigwaitinfo(&set, &info));
    return unused;
}

static void *waits_for_child(void *unused) {
    told("waitpid", waitpid(-1, NULL, 0));
    return unused;
}

static void *waits_for_system_v(void *unused) {
    int set = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf down = {.sem_op = -1};
    told("semop", semop(set, &down, 1));
    return unused;
}

int main(void) {
    role("parent");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    sem_init(&semaphore, 0, 0);
    pthread_mutex_lock(&held);
    if (pipe(pipes))
        return 95;
    if (fork() == 0) {
        role("child");
        for (;;)
            pause();
    }
    void *(*const all[])(void *) = {reads, polls, epolls, sleeps, locks, waits_for_semaphore,
                                    waits_for_signal, waits_for_child, waits_for_system_v};
    enum { COUNT = sizeof all / sizeof *all };
    pthread_t threads[COUNT];
    for (int i = 0; i < COUNT; i++)
        pthread_create(&threads[i], NULL, all[i], NULL);
    at("ready");
    printf("interrupted %d\n", interrupted);
    fflush(stdout);
    kill(0, SIGKILL);
}
