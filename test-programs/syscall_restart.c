// System calls that a signal interrupts: with SA_RESTART they go on, without they end with EINTR, and some never
// restart (signal(7)). Whatever the call does, the handler has lines that are new, so a breakpoint lies between.
// timed-branches: it waits in loops until its parent sleeps
// processes: 13
// tree: parent > other
#define _GNU_SOURCE
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include "asleep.h"
#include "role.h"

static int ends[2], word, listener;
// Shared with the other process.
static volatile int *ticks;

static void tick(int signal) { // hit: parent
    (void)signal;
    ++*ticks; // hit: parent
} // hit: parent

static long reads(void) { // hit: parent
    char byte;
    return read(ends[0], &byte, 1); // hit: parent
} // hit: parent

static long polls(void) { // hit: parent
    return poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, -1); // hit: parent
} // hit: parent

static long waits_for_word(void) { // hit: parent
    return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &(struct timespec){60, 0}, NULL, 0); // hit: parent
} // hit: parent

static long waits_for_child(void) { // hit: parent
    return wait4(-1, NULL, 0, NULL) > 0; // hit: parent
} // hit: parent

static long accepts(void) { // hit: parent
    return accept(listener, NULL, NULL) >= 0; // hit: parent
} // hit: parent

static long sleeps(void) { // hit: parent
    return clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){60, 0}, NULL); // hit: parent
} // hit: parent

static void listen_there(struct sockaddr_un *address) { // hit: parent
    listener = socket(AF_UNIX, SOCK_STREAM, 0); // hit: parent
    // An abstract name, which the kernel chooses.
    bind(listener, (struct sockaddr *)address, sizeof(sa_family_t)); // hit: parent
    socklen_t length = sizeof *address; // hit: parent
    getsockname(listener, (struct sockaddr *)address, &length); // hit: parent
    listen(listener, 1); // hit: parent
} // hit: parent

// Signals its parent, and later ends what that waits for.
static void other(const struct sockaddr_un *address) { // hit: other
    role("other"); // hit: other
    until_asleep(getppid()); // hit: other
    kill(getppid(), SIGUSR1); // hit: other
    while (*ticks == 0 && usleep(1000) == 0) // hit: other
        ;
    int client = socket(AF_UNIX, SOCK_STREAM, 0); // hit: other
    connect(client, (const struct sockaddr *)address, sizeof(sa_family_t) + 6); // hit: other
    _exit(write(ends[1], "x", 1) != 1); // hit: other
}

static void try(const char *name, long (*call)(void), int flags) { // hit: parent
    struct sigaction action = {.sa_handler = tick, .sa_flags = flags}; // hit: parent
    sigaction(SIGUSR1, &action, NULL); // hit: parent
    struct sockaddr_un address = {.sun_family = AF_UNIX}; // hit: parent
    listen_there(&address); // hit: parent
    *ticks = 0; // hit: parent
    if (pipe(ends)) // hit: parent
        _exit(1); // miss
    pid_t child = fork(); // hit: parent
    if (child == 0) // hit: parent, other
        other(&address); // hit: other
    errno = 0; // hit: parent
    long got = call(); // hit: parent
    const char *error = errno ? strerrorname_np(errno) : "none"; // hit: parent
    dprintf(1, "%s, %s: %ld, error %s, ticks %d\n", name, flags ? "restarting" : "interrupted", got, error, *ticks); // hit: parent
    waitpid(child, NULL, 0); // hit: parent
    close(listener), close(ends[0]), close(ends[1]); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    ticks = mmap(NULL, sizeof *ticks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); // hit: parent
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) { // hit: parent
        try("read", reads, flags); // hit: parent
        try("poll", polls, flags); // hit: parent
        try("futex", waits_for_word, flags); // hit: parent
        try("wait4", waits_for_child, flags); // hit: parent
        try("accept", accepts, flags); // hit: parent
        try("nanosleep", sleeps, flags); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
