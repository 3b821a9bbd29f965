// Threads that run through the same code make processes meanwhile: by fork, by vfork with an exec, by posix_spawn, by clone
// with CLONE_VM; and one of them calls exec at last. Each process has its own lines.
// compile: -pthread
// processes: 24
// no-oracle: it runs until its code is hot
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "role.h"

enum { BUSY = 2, MAKERS = 2, ROUNDS = 4 };

extern char **environ;
static char *program; // none
static _Atomic int over, wrong, running; // none
static unsigned expected; // none

#define BLOCK(n) \
    if (x & (n)) x = x * 3 + n; \
    if (x % 7 == (n) % 7) x ^= x >> 5; \
    switch (x % 3) { case 0: x++; break; case 1: x ^= 21; break; default: x += 2; }
#define BLOCKS(n) BLOCK(n) BLOCK(n + 1) BLOCK(n + 2) BLOCK(n + 3) BLOCK(n + 4) BLOCK(n + 5) BLOCK(n + 6) BLOCK(n + 7)

static __attribute__((noinline)) unsigned work(unsigned x) { // hit: first, forked, spawned, last
    BLOCKS(1u) // hit: first, forked, spawned, last
    BLOCKS(11u) // hit: first, forked, spawned, last
    return x; // hit: first, forked, spawned, last
} // hit: first, forked, spawned, last

static __attribute__((noinline)) unsigned of_child(unsigned x) { // hit: forked, spawned
    BLOCKS(21u) // hit: forked, spawned
    return x ^ work(3); // hit: forked, spawned
} // hit: forked, spawned

// No other process in the same memory runs these: a line that is new to two of them can be lost.
static __attribute__((noinline)) unsigned of_vforked(unsigned x) { // hit: vforked
    BLOCKS(31u) // hit: vforked
    return x; // hit: vforked
} // hit: vforked

static __attribute__((noinline)) unsigned of_cloned(unsigned x) { // hit: cloned
    BLOCKS(41u) // hit: cloned
    return x; // hit: cloned
} // hit: cloned

static void *busy(void *argument) { // hit: first
    running++; // hit: first
    while (!over) // hit: first
        wrong += work(3) != expected; // hit: first
    return argument; // miss
} // miss

static int cloned(void *argument) { // hit: cloned
    (void)argument;
    role("cloned"); // hit: cloned
    return of_cloned(5) == 0; // hit: cloned
} // hit: cloned

static void waits_for(pid_t child) { // hit: first
    int status = 1; // hit: first
    while (waitpid(child, &status, __WALL) != child) // hit: first
        usleep(100); // miss
    wrong += status != 0; // hit: first
} // hit: first

static void shares(int round) { // hit: first
    static char stack[65536] __attribute__((aligned(16))); // none
    pid_t child = vfork(); // hit: first
    if (child == 0) { // hit: first, vforked
        role("vforked"); // hit: vforked
        if (of_vforked(5) == 0) // hit: vforked
            _exit(1); // miss
        _exit(0); // hit: vforked
    }
    waits_for(child); // hit: first
    if (round == ROUNDS - 1) // hit: first
        for (int n = 0; n < 3; n++) // hit: first
            waits_for(clone(cloned, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL)); // hit: first
} // hit: first

static void *makes(void *argument) { // hit: first
    for (int round = 0; round < ROUNDS; round++) { // hit: first
        char *arguments[] = {program, "spawned", NULL}; // hit: first
        pid_t child = fork(); // hit: first, forked
        if (child == 0) { // hit: first, forked
            role("forked"); // hit: forked
            _exit(of_child(5) == 0); // hit: forked
        }
        waits_for(child); // hit: first
        if (posix_spawn(&child, program, NULL, NULL, arguments, environ) == 0) // hit: first
            waits_for(child); // hit: first
        if (argument == NULL) // hit: first
            shares(round); // hit: first
    }
    return argument; // hit: first
} // hit: first

int main(int argc, char **argv) { // hit: first, spawned, last
    program = argv[0]; // hit: first, spawned, last
    expected = work(3); // hit: first, spawned, last
    if (argc > 1 && strcmp(argv[1], "spawned") == 0) { // hit: first, spawned, last
        role("spawned"); // hit: spawned
        return of_child(5) == 0; // hit: spawned
    }
    if (argc > 1) { // hit: first, last
        role("last"); // hit: last
        printf("%s\n", argv[1]); // hit: last
        return 0; // hit: last
    }
    role("first"); // hit: first
    pthread_t threads[BUSY + MAKERS]; // none
    for (int n = 0; n < BUSY; n++) // hit: first
        pthread_create(&threads[n], NULL, busy, NULL); // hit: first
    while (running < BUSY) // hit: first
        usleep(100);
    for (long n = 0; n < MAKERS; n++) // hit: first
        pthread_create(&threads[BUSY + n], NULL, makes, (void *)n); // hit: first
    for (int n = 0; n < MAKERS; n++) // hit: first
        pthread_join(threads[BUSY + n], NULL); // hit: first
    char result[32]; // none
    snprintf(result, sizeof result, "wrong %d", wrong); // hit: first
    execv(program, (char *[]){program, result, NULL}); // hit: first
    return 1; // miss
} // hit: spawned, last
