// Eight threads run the same fresh lines at the same time: no line is lost, and no sum is wrong.
// compile: -pthread
// processes: 1
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include "role.h"

static pthread_barrier_t start; // none
static atomic_long sum; // none

static long step(long n) { // hit: parent
    long a = n + 1; // hit: parent
    long b = a * 2; // hit: parent
    long c = b - n; // hit: parent
    long d = c ^ 3; // hit: parent
    long e = d + a; // hit: parent
    if (e == -1) // hit: parent
        return 0; // miss
    return e + b; // hit: parent
} // hit: parent

static void *race(void *arg) { // hit: parent
    pthread_barrier_wait(&start); // hit: parent
    for (long i = 0; i < 50; i++) // hit: parent
        sum += step(i + (long)arg); // hit: parent
    return NULL; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pthread_t threads[8]; // none
    pthread_barrier_init(&start, NULL, 8); // hit: parent
    for (long i = 0; i < 8; i++) // hit: parent
        pthread_create(&threads[i], NULL, race, (void *)i); // hit: parent
    for (int i = 0; i < 8; i++) // hit: parent
        pthread_join(threads[i], NULL); // hit: parent
    dprintf(1, "%ld\n", sum); // hit: parent
    return 0; // hit: parent
} // hit: parent
