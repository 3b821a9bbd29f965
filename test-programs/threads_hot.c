// Eight threads run the same blocks at the same time, until they are hot: the jumps to their trampolines are removed while
// other threads run through them. Then the children do, of a parent that has threads of its own, and has the jumps. Each
// thread finds the sum that it must.
// compile: -pthread
// processes: 9
// tree: parent > child
// no-oracle: it runs until its code is hot
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

enum { THREADS = 8, CHILDREN = 8, ROUNDS = 5000 };

static pthread_barrier_t start; // none
static _Atomic int wrong; // none

// Blocks of every length, most of them with flags that are still in use.
#define BLOCKS(n) \
    if (x & 1) x = x * 3 + n; \
    if (x % 7 == (n) % 7) x ^= x >> 5; \
    if ((x ^ (n)) & 64) x += 77 * (n); \
    switch (x % 5) { case 0: x++; break; case 1: x ^= 21; break; case 3: x -= (n); break; default: x += 2; }
#define TEN(n) BLOCKS(n) BLOCKS(n + 1) BLOCKS(n + 2) BLOCKS(n + 3) BLOCKS(n + 4) BLOCKS(n + 5) BLOCKS(n + 6) BLOCKS(n + 7)
#define MANY(n) TEN(n) TEN(n + 10) TEN(n + 20) TEN(n + 30) TEN(n + 40) TEN(n + 50) TEN(n + 60) TEN(n + 70)

static __attribute__((noinline)) unsigned blocks(unsigned x) { // hit: parent, child
    MANY(1u) // hit: parent, child
    MANY(101u) // hit: parent, child
    return x; // hit: parent, child
} // hit: parent, child

static __attribute__((noinline)) unsigned never(unsigned x) { // miss
    MANY(7u) // miss
    return x; // miss
} // miss

static unsigned all_rounds(unsigned x) { // hit: parent, child
    unsigned sum = 0; // hit: parent, child
    for (int round = 0; round < ROUNDS; round++) { // hit: parent, child
        x = blocks(x + round); // hit: parent, child
        if (x == 12345 && round == -1) // hit: parent, child
            x = never(x); // miss
        sum += x; // hit: parent, child
    }
    return sum; // hit: parent, child
} // hit: parent, child

static unsigned expected; // none

static void *race(void *argument) { // hit: parent, child
    pthread_barrier_wait(&start); // hit: parent, child
    wrong += all_rounds(7) != expected; // hit: parent, child
    return argument; // hit: parent, child
} // hit: parent, child

static void race_all(void) { // hit: parent, child
    pthread_t threads[THREADS]; // none
    for (int n = 0; n < THREADS; n++) // hit: parent, child
        pthread_create(&threads[n], NULL, race, NULL); // hit: parent, child
    for (int n = 0; n < THREADS; n++) // hit: parent, child
        pthread_join(threads[n], NULL); // hit: parent, child
} // hit: parent, child

static void child(void) { // hit: child
    role("child"); // hit: child
    race_all(); // hit: child
    _exit(wrong != 0); // hit: child
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int status, failed = 0; // hit: parent
    pthread_barrier_init(&start, NULL, THREADS); // hit: parent
    for (int n = 0; n < CHILDREN; n++) { // hit: parent
        if (n == 2) // hit: parent
            expected = all_rounds(7); // hit: parent
        if (n == 4) // hit: parent
            race_all(); // hit: parent
        if (fork() == 0) { // hit: parent, child
            if (expected == 0) { // hit: child
                role("first"); // hit: first
                expected = all_rounds(7); // hit: first
            }
            child(); // hit: child
        }
        wait(&status); // hit: parent
        failed += status != 0; // hit: parent
    }
    printf("sum %u, failed %d, wrong %d\n", expected, failed, wrong); // hit: parent
    return 0; // hit: parent
} // hit: parent
