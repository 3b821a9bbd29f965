// Threads that wait in every way, while another makes them stop for a moment: none of them finds that it was interrupted, and
// none waits longer or shorter than it must. A write that is half done would end so: then nobody is made to stop.
// compile: -pthread
// library: libraries/blocks.c -> libblocks.so
// links: libblocks.so
// processes: 2
// tree: parent > writer
// no-oracle: a single step interrupts a wait
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include "role.h"

enum { WAYS = 13 };
static int writes; // none

static int ends[WAYS][2]; // none
static _Atomic int waiting, wrong; // none
static int queue, set; // none
static sem_t semaphore; // none
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; // none
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER; // none
static int is_over; // none

static int in_epoll(int descriptor) { // hit: parent, writer
    struct epoll_event event = {.events = EPOLLIN}; // hit: parent, writer
    int epoll = epoll_create1(EPOLL_CLOEXEC); // hit: parent, writer
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event); // hit: parent, writer
    return epoll_wait(epoll, &event, 1, 60000) == 1; // hit: parent, writer
} // hit: parent, writer

static int in_poll(int descriptor) { // hit: parent, writer
    struct pollfd poll_for = {descriptor, POLLIN, 0}; // hit: parent, writer
    return poll(&poll_for, 1, 60000) == 1; // hit: parent, writer
} // hit: parent, writer

static int in_select(int descriptor) { // hit: parent, writer
    struct timeval limit = {60, 0}; // hit: parent, writer
    fd_set descriptors; // none
    FD_ZERO(&descriptors); // hit: parent, writer
    FD_SET(descriptor, &descriptors); // hit: parent, writer
    return select(descriptor + 1, &descriptors, NULL, NULL, &limit) == 1; // hit: parent, writer
} // hit: parent, writer

static int in_receive(int descriptor) { // hit: parent, writer
    struct timeval limit = {60, 0}; // hit: parent, writer
    char byte; // none
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit); // hit: parent, writer
    return recv(descriptor, &byte, 1, 0) == 1; // hit: parent, writer
} // hit: parent, writer

static int in_read(int descriptor) { // hit: parent, writer
    char byte; // none
    return read(descriptor, &byte, 1) == 1; // hit: parent, writer
} // hit: parent, writer

static int in_signal_wait(void) { // hit: parent, writer
    sigset_t signals; // none
    struct timespec limit = {60, 0}; // hit: parent, writer
    sigemptyset(&signals); // hit: parent, writer
    sigaddset(&signals, SIGUSR1); // hit: parent, writer
    return sigtimedwait(&signals, NULL, &limit) == SIGUSR1; // hit: parent, writer
} // hit: parent, writer

static int in_sleep(void) { // hit: parent, writer
    struct timespec duration = {0, 300000000}, left = {0, 0}, start, end; // hit: parent, writer
    clock_gettime(CLOCK_MONOTONIC, &start); // hit: parent, writer
    int slept = nanosleep(&duration, &left); // hit: parent, writer
    clock_gettime(CLOCK_MONOTONIC, &end); // hit: parent, writer
    return slept == 0 && (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec >= 300000000; // hit: parent, writer
} // hit: parent, writer

static int in_semaphore(void) { // hit: parent, writer
    struct timespec limit; // none
    clock_gettime(CLOCK_REALTIME, &limit); // hit: parent, writer
    limit.tv_sec += 60; // hit: parent, writer
    return sem_timedwait(&semaphore, &limit) == 0; // hit: parent, writer
} // hit: parent, writer

static int in_condition(void) { // hit: parent, writer
    pthread_mutex_lock(&mutex); // hit: parent, writer
    while (!is_over) // hit: parent, writer
        pthread_cond_wait(&condition, &mutex); // hit: parent, writer
    return pthread_mutex_unlock(&mutex) == 0; // hit: parent, writer
} // hit: parent, writer

static int in_message_queue(void) { // hit: parent, writer
    struct { long kind; char byte; } message; // none
    return msgrcv(queue, &message, 1, 0, 0) == 1; // hit: parent, writer
} // hit: parent, writer

static int in_semaphore_set(void) { // hit: parent, writer
    struct sembuf take = {0, -1, 0}; // hit: parent, writer
    struct timespec limit = {60, 0}; // hit: parent, writer
    return semtimedop(set, &take, 1, &limit) == 0; // hit: parent, writer
} // hit: parent, writer

static int in_ppoll(int descriptor) { // hit: parent, writer
    struct pollfd poll_for = {descriptor, POLLIN, 0}; // hit: parent, writer
    struct timespec limit = {60, 0}; // hit: parent, writer
    return ppoll(&poll_for, 1, &limit, NULL) == 1; // hit: parent, writer
} // hit: parent, writer

static int in_write(int descriptor) { // hit: writer
    static char bytes[1 << 20]; // none
    return write(descriptor, bytes, sizeof bytes) == sizeof bytes; // hit: writer
} // hit: writer

static void *waits(void *argument) { // hit: parent, writer
    long way = (long)argument; // hit: parent, writer
    int descriptor = ends[way][0], is_right = 0; // hit: parent, writer
    waiting++; // hit: parent, writer
    switch (way) { // hit: parent, writer
    case 0: is_right = in_epoll(descriptor); break; // hit: parent, writer
    case 1: is_right = in_poll(descriptor); break; // hit: parent, writer
    case 2: is_right = in_select(descriptor); break; // hit: parent, writer
    case 3: is_right = in_receive(descriptor); break; // hit: parent, writer
    case 4: is_right = in_read(descriptor); break; // hit: parent, writer
    case 5: is_right = in_signal_wait(); break; // hit: parent, writer
    case 6: is_right = in_sleep(); break; // hit: parent, writer
    case 7: is_right = in_semaphore(); break; // hit: parent, writer
    case 8: is_right = in_condition(); break; // hit: parent, writer
    case 9: is_right = in_message_queue(); break; // hit: parent, writer
    case 10: is_right = in_semaphore_set(); break; // hit: parent, writer
    case 11: is_right = in_ppoll(descriptor); break; // hit: parent, writer
    default: is_right = writes ? in_write(descriptor) : 1; // hit: parent, writer
    }
    if (!is_right) // hit: parent, writer
        wrong |= 1 << way; // miss
    return NULL; // hit: parent, writer
} // hit: parent, writer

// After so many blocks, all threads are stopped for the trampolines of the library.
unsigned blocks(unsigned sum); // none

int main(void) { // hit: parent
    pid_t child = fork(); // hit: parent
    writes = child == 0; // hit: parent, writer
    role(writes ? "writer" : "parent"); // hit: parent, writer
    pthread_t threads[WAYS]; // none
    sigset_t signals; // none
    struct { long kind; char byte; } message = {1, 'm'}; // hit: parent, writer
    struct sembuf give = {0, 1, 0}; // hit: parent, writer
    sigemptyset(&signals); // hit: parent, writer
    sigaddset(&signals, SIGUSR1); // hit: parent, writer
    pthread_sigmask(SIG_BLOCK, &signals, NULL); // hit: parent, writer
    sem_init(&semaphore, 0, 0); // hit: parent, writer
    queue = msgget(IPC_PRIVATE, 0600); // hit: parent, writer
    set = semget(IPC_PRIVATE, 1, 0600); // hit: parent, writer
    for (long way = 0; way < WAYS; way++) { // hit: parent, writer
        socketpair(AF_UNIX, SOCK_STREAM, 0, ends[way]); // hit: parent, writer
        pthread_create(&threads[way], NULL, waits, (void *)way); // hit: parent, writer
    }
    while (waiting < WAYS) // hit: parent, writer
        usleep(1000);
    usleep(100000); // hit: parent, writer
    unsigned sum = blocks(11); // hit: parent, writer
    usleep(50000); // hit: parent, writer
    for (int way = 0; way < 12; way++) // hit: parent, writer
        write(ends[way][1], "", 1); // hit: parent, writer
    pthread_kill(threads[5], SIGUSR1); // hit: parent, writer
    sem_post(&semaphore); // hit: parent, writer
    pthread_mutex_lock(&mutex); // hit: parent, writer
    is_over = 1; // hit: parent, writer
    pthread_cond_signal(&condition); // hit: parent, writer
    pthread_mutex_unlock(&mutex); // hit: parent, writer
    msgsnd(queue, &message, 1, 0); // hit: parent, writer
    semop(set, &give, 1); // hit: parent, writer
    static char bytes[1 << 20]; // none
    for (long got = 0; writes && got < 1 << 20;) // hit: parent, writer
        got += read(ends[12][1], bytes, sizeof bytes); // hit: writer
    for (int way = 0; way < WAYS; way++) // hit: parent, writer
        pthread_join(threads[way], NULL); // hit: parent, writer
    msgctl(queue, IPC_RMID, NULL); // hit: parent, writer
    semctl(set, 0, IPC_RMID); // hit: parent, writer
    if (child != 0) // hit: parent, writer
        wait(NULL); // hit: parent
    dprintf(1, "sum %u, wrong %x\n", sum, wrong); // hit: parent, writer
    return 0; // hit: parent, writer
} // hit: parent, writer
