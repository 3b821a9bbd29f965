// Processes made with flags that are seldom used: CLONE_PARENT, so that the maker is no parent; CLONE_VFORK with memory
// of its own; clone3 with a pidfd, with no signal at the end, and with another than SIGCHLD; CLONE_VM and CLONE_SIGHAND
// without CLONE_THREAD; a shared file table in which the child closes and opens.
// processes: 8
// ends: maker = 3
// ends: sibling = 4
// ends: held = 5
// ends: by pidfd = 6
// ends: silent = 7
// ends: loud = 8
// ends: sharing = 9
#define _GNU_SOURCE
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "asleep.h"
#include "role.h"

static volatile int signals, word;

static void counts(int signal) { // hit: parent
    (void)signal;
    signals++; // hit: parent
} // hit: parent

static int common(int n) { // hit: maker, sibling, held, by pidfd, silent, loud, sharing
    word += n; // hit: maker, sibling, held, by pidfd, silent, loud, sharing
    return n; // hit: maker, sibling, held, by pidfd, silent, loud, sharing
} // hit: maker, sibling, held, by pidfd, silent, loud, sharing

static pid_t clone3(uint64_t flags, int signal, int *pidfd) { // hit: parent, maker
    struct clone_args args = {.flags = flags, .exit_signal = (uint64_t)signal, .pidfd = (uintptr_t)pidfd}; // hit: parent, maker
    return (pid_t)syscall(SYS_clone3, &args, sizeof args); // hit: parent, maker
} // hit: parent, maker, sibling, held, by pidfd, silent, loud

static int status_of(pid_t pid) { // hit: parent
    int status = -1; // hit: parent
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR) // hit: parent
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1; // hit: parent
} // hit: parent

static void makes_a_sibling(void) { // hit: parent
    pid_t maker = fork(); // hit: parent
    if (maker == 0) { // hit: parent, maker
        role("maker"); // hit: maker
        pid_t other = clone3(CLONE_PARENT, 0, NULL); // hit: maker
        if (other == 0) { // hit: maker, sibling
            role("sibling"); // hit: sibling
            _exit(common(4)); // hit: sibling
        }
        int none = waitpid(other, NULL, __WALL) == -1 && errno == ECHILD; // hit: maker
        _exit(common(2) + none); // hit: maker
    }
    int first = status_of(maker), second = status_of(-1); // hit: parent
    dprintf(1, "maker %d, sibling %d\n", first, second); // hit: parent
} // hit: parent

static void is_held(void) { // hit: parent
    word = 0; // hit: parent
    pid_t pid = clone3(CLONE_VFORK, SIGCHLD, NULL); // hit: parent
    if (pid == 0) { // hit: parent, held
        role("held"); // hit: held
        // Its parent waits meanwhile, and writes later.
        usleep(1000); // hit: held
        dprintf(1, "held\n"); // hit: held
        _exit(common(5)); // hit: held
    }
    dprintf(1, "status %d, word %d\n", status_of(pid), word); // hit: parent
} // hit: parent

static void by_pidfd(void) { // hit: parent
    int file = -1; // hit: parent
    pid_t pid = clone3(CLONE_PIDFD, SIGCHLD, &file); // hit: parent
    if (pid == 0) { // hit: parent, by pidfd
        role("by pidfd"); // hit: by pidfd
        for (;;)
            pause(); // hit: by pidfd
    }
    until_asleep(pid); // hit: parent
    int sent = (int)syscall(SYS_pidfd_send_signal, file, SIGUSR2, NULL, 0); // hit: parent
    siginfo_t info = {0}; // hit: parent
    waitid((idtype_t)3, (id_t)file, &info, WEXITED); // hit: parent
    dprintf(1, "sent %d, code %d, status %d\n", sent, info.si_code, info.si_status); // hit: parent
    close(file); // hit: parent
} // hit: parent

static void ends_by(const char *name, int number, int expected) { // hit: parent
    signals = 0; // hit: parent
    pid_t pid = clone3(0, number, NULL); // hit: parent
    if (pid == 0) { // hit: parent, silent, loud
        role(name); // hit: silent, loud
        _exit(common(expected)); // hit: silent, loud
    }
    int normal = waitpid(pid, NULL, 0) == -1 && errno == ECHILD; // hit: parent
    int status = status_of(pid); // hit: parent
    dprintf(1, "a usual child %d, status %d, signals %d\n", !normal, status, signals); // hit: parent
} // hit: parent

static int shares(void *name) { // hit: sharing
    role(name); // hit: sharing
    close(0); // hit: sharing
    return common(9); // hit: sharing
} // hit: sharing

static void sharing(void) { // hit: parent
    word = 0; // hit: parent
    char *stack = malloc(65536); // hit: parent
    int flags = CLONE_VM | CLONE_SIGHAND | CLONE_FILES | CLONE_FS | SIGCHLD; // hit: parent
    pid_t pid = clone(shares, stack + 65536, flags, "sharing"); // hit: parent
    int status = status_of(pid); // hit: parent
    dprintf(1, "status %d, word %d, closed %d\n", status, word, fcntl(0, F_GETFD) == -1); // hit: parent
} // hit: parent

static void goes(int signal) { // hit: by pidfd
    (void)signal;
    _exit(common(6)); // hit: by pidfd
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    signal(SIGUSR1, counts); // hit: parent
    signal(SIGUSR2, goes); // hit: parent
    makes_a_sibling(); // hit: parent
    is_held(); // hit: parent
    by_pidfd(); // hit: parent
    ends_by("silent", 0, 7); // hit: parent
    ends_by("loud", SIGUSR1, 8); // hit: parent
    sharing(); // hit: parent
    return 0; // hit: parent
} // hit: parent
