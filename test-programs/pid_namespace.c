// PID namespaces: what a process in one calls itself is not what the tracer calls it, and it can be as small as 1. One by
// unshare and fork, one by clone; the first process of each makes more of them, and threads, and its end kills the rest.
// compile: -pthread
// needs: root
// processes: 7
// tree: parent > outer, outer > first, first > second, parent > cloned, cloned > leaf, cloned > left
// ends: first = 11
// ends: second = 12
// ends: cloned = 13
// ends: leaf = SIGSEGV
// ends: left = SIGKILL
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "role.h"

// As the mounted /proc numbers it, which is the namespace of the first process here.
static pid_t outer_pid(void) { // hit: first, second, cloned, left, leaf
    char text[16] = ""; // hit: first, second, cloned, left, leaf
    return readlink("/proc/self", text, sizeof text - 1) > 0 ? atoi(text) : 0; // hit: first, second, cloned, left, leaf
} // hit: first, second, cloned, left, leaf

static int work(int n) { // hit: second
    return n * 2; // hit: second
} // hit: second

static int in_thread(int n) { // hit: first
    return n * 3; // hit: first
} // hit: first

static void *runs(void *argument) { // hit: first
    return (void *)(long)in_thread((int)(long)argument); // hit: first
} // hit: first

static void first(void) { // hit: first
    role_as(outer_pid(), "first"); // hit: first
    void *got;
    pthread_t thread;
    pthread_create(&thread, NULL, runs, (void *)5L); // hit: first
    pthread_join(thread, &got); // hit: first
    pid_t child = fork(); // hit: first
    if (child == 0) { // hit: first, second
        role_as(outer_pid(), "second"); // hit: second
        dprintf(1, "second: %d of %d\n", getpid(), getppid()); // hit: second
        _exit(work(6)); // hit: second
    }
    int status;
    waitpid(child, &status, 0); // hit: first
    dprintf(1, "first: %d of %d, thread %ld, child %d ended by %d\n", getpid(), getppid(), (long)got, child, WEXITSTATUS(status)); // hit: first
    _exit(11); // hit: first
}

static int cloned(void *unused) { // hit: cloned
    (void)unused;
    role_as(outer_pid(), "cloned"); // hit: cloned
    pid_t leaf = fork(); // hit: cloned
    if (leaf == 0) { // hit: cloned, leaf
        role_as(outer_pid(), "leaf"); // hit: leaf
        raise(SIGSEGV); // hit: leaf
    }
    int ready[2], status;
    if (pipe(ready)) // hit: cloned
        _exit(1); // miss
    if (fork() == 0) { // hit: cloned, left
        role_as(outer_pid(), "left"); // hit: left
        // One line: it is killed as soon as the last of these is closed.
        close(ready[0]), close(ready[1]), pause(); // hit: left
    }
    char byte;
    close(ready[1]); // hit: cloned
    ssize_t end = read(ready[0], &byte, 1); // hit: cloned
    waitpid(leaf, &status, 0); // hit: cloned
    dprintf(1, "cloned: %d, leaf %d ended by %d, read %zd\n", getpid(), leaf, WTERMSIG(status), end); // hit: cloned
    return 13; // hit: cloned
} // hit: cloned

int main(void) { // hit: parent
    role("parent"); // hit: parent
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, outer
        role("outer"); // hit: outer
        if (unshare(CLONE_NEWPID)) // hit: outer
            _exit(1); // miss
        pid_t one = fork(); // hit: outer
        if (one == 0) // hit: outer, first
            first(); // hit: first
        int status;
        waitpid(one, &status, 0); // hit: outer
        _exit(WEXITSTATUS(status)); // hit: outer
    }
    int status;
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "outer %d\n", WEXITSTATUS(status)); // hit: parent
    char *stack = malloc(65536); // hit: parent
    child = clone(cloned, stack + 65536, CLONE_NEWPID | SIGCHLD, NULL); // hit: parent
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "cloned %d\n", WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
