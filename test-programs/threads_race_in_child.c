// A forked child's eight threads race on lines that its parent's threads have run, while the parent's run them again.
// compile: -pthread
// processes: 2
// tree: parent > child
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static atomic_long sum; // none

static long step(long n) { // hit: parent, child
    long a = n * 3; // hit: parent, child
    long b = a ^ 5; // hit: parent, child
    long c = b + n; // hit: parent, child
    return c; // hit: parent, child
} // hit: parent, child

static long child_step(long n) { // hit: child
    long a = n + 7; // hit: child
    return a; // hit: child
} // hit: child

static void *race(void *child) { // hit: parent, child
    for (long i = 0; i < 40; i++) { // hit: parent, child
        sum += step(i); // hit: parent, child
        if (child) // hit: parent, child
            sum += child_step(i); // hit: child
    }
    return NULL; // hit: parent, child
} // hit: parent, child

static void threads(void *child) { // hit: parent, child
    pthread_t threads[8]; // none
    for (int i = 0; i < 8; i++) // hit: parent, child
        pthread_create(&threads[i], NULL, race, child); // hit: parent, child
    for (int i = 0; i < 8; i++) // hit: parent, child
        pthread_join(threads[i], NULL); // hit: parent, child
} // hit: parent, child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    threads(NULL); // hit: parent
    pid_t child = fork();
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        threads(&child); // hit: child
        dprintf(1, "child %ld\n", sum); // hit: child
        _exit(0); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    threads(NULL); // hit: parent
    dprintf(1, "parent %ld, child's status %d\n", sum, status); // hit: parent
    return 0; // hit: parent
} // hit: parent
