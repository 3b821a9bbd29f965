// Signals that are ignored, by default or by the program, do not end a wait: not even those waits that end with EINTR
// whatever signal wakes them.
// processes: 7
// tree: parent > sender
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include "asleep.h"
#include "role.h"

static int end, sockets[2], semaphore, polled;
static sigset_t waited;

static long in_epoll(void) { // hit: parent
    struct epoll_event event;
    return epoll_wait(polled, &event, 1, -1); // hit: parent
} // hit: parent

static long in_sigtimedwait(void) { // hit: parent
    return sigtimedwait(&waited, NULL, &(struct timespec){60, 0}) == SIGRTMIN; // hit: parent
} // hit: parent

static long in_semop(void) { // hit: parent
    return semop(semaphore, &(struct sembuf){.sem_op = -1}, 1); // hit: parent
} // hit: parent

static long in_recv(void) { // hit: parent
    char byte;
    return recv(sockets[0], &byte, 1, 0); // hit: parent
} // hit: parent

static long in_read(void) { // hit: parent
    unsigned long value;
    return read(end, &value, sizeof value); // hit: parent
} // hit: parent

static long in_sigwaitinfo(void) { // hit: parent
    return sigwaitinfo(&waited, NULL) == SIGRTMIN; // hit: parent
} // hit: parent

static void sends(void) { // hit: sender
    pid_t parent = getppid(); // hit: sender
    int signals[] = {SIGCHLD, SIGWINCH, SIGURG, SIGUSR1, SIGPIPE}; // hit: sender
    for (int i = 0; i < 5; i++) { // hit: sender
        until_asleep(parent); // hit: sender
        kill(parent, signals[i]); // hit: sender
    }
    until_asleep(parent); // hit: sender
    unsigned long one = 1; // hit: sender
    semop(semaphore, &(struct sembuf){.sem_op = 1}, 1); // hit: sender
    send(sockets[1], "x", 1, 0); // hit: sender
    if (write(end, &one, sizeof one) == sizeof one) // hit: sender
        kill(parent, SIGRTMIN); // hit: sender
} // hit: sender

static void try(const char *name, long (*wait)(void)) { // hit: parent
    end = eventfd(0, 0); // hit: parent
    polled = epoll_create1(0); // hit: parent
    epoll_ctl(polled, EPOLL_CTL_ADD, end, &(struct epoll_event){.events = EPOLLIN}); // hit: parent
    semaphore = semget(IPC_PRIVATE, 1, 0600); // hit: parent
    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets); // hit: parent
    setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){60, 0}, sizeof(struct timeval)); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, sender
        role("sender"); // hit: sender
        sends(); // hit: sender
        _exit(0); // hit: sender
    }
    errno = 0; // hit: parent
    long got = wait(); // hit: parent
    dprintf(1, "%s: %ld, error %d\n", name, got, errno); // hit: parent
    waitpid(child, NULL, 0); // hit: parent
    sigtimedwait(&waited, NULL, &(struct timespec){0, 0}); // hit: parent
    semctl(semaphore, 0, IPC_RMID); // hit: parent
    close(end), close(polled), close(sockets[0]), close(sockets[1]); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    sigemptyset(&waited); // hit: parent
    sigaddset(&waited, SIGRTMIN); // hit: parent
    sigprocmask(SIG_BLOCK, &waited, NULL); // hit: parent
    signal(SIGUSR1, SIG_IGN); // hit: parent
    signal(SIGPIPE, SIG_IGN); // hit: parent
    try("epoll_wait", in_epoll); // hit: parent
    try("sigtimedwait", in_sigtimedwait); // hit: parent
    try("semop", in_semop); // hit: parent
    try("recv", in_recv); // hit: parent
    try("read", in_read); // hit: parent
    try("sigwaitinfo", in_sigwaitinfo); // hit: parent
    return 0; // hit: parent
} // hit: parent
