// Ends before its child, whose threads run short blocks that count by way of springboards in the code of their neighbours.
// They are not harmed when these go.
#include "attach.h"
#include "../short_blocks.h"
#include <pthread.h>
#pragma GCC optimize("O2")

enum { THREADS = 3, USED = 6 };

FUNCTION(1)
FUNCTION(2)
FUNCTION(3)
FUNCTION(4)
FUNCTION(5)
FUNCTION(6)

static unsigned (*volatile const functions[USED])(unsigned) = {f1, f2, f3, f4, f5, f6};
static unsigned expected[USED];
static _Atomic int current, wrong, running, over;

static unsigned rounds(int index) {
    unsigned x = 9, sum = 0;
    for (int n = 0; n < 10; n++)
        sum += x = functions[index](x + n);
    return sum;
}

static void *runs(void *argument) {
    running++;
    while (!over) {
        int index = current;
        wrong += rounds(index) != expected[index];
    }
    return argument;
}

int main(void) {
    int done[2];
    role("parent");
    if (pipe(done))
        return 95;
    for (int n = 0; n < USED; n++)
        expected[n] = rounds(n);
    if (fork() == 0) {
        pthread_t threads[THREADS];
        role("child");
        for (int n = 0; n < THREADS; n++)
            pthread_create(&threads[n], NULL, runs, NULL);
        while (running < THREADS)
            usleep(100);
        for (current = 0; current < USED - 1; current++)
            usleep(300);
        write(done[1], "x", 1);
        at("outlived");
        for (int n = 0; n < 100; n++) {
            current = n % USED;
            usleep(100);
        }
        over = 1;
        for (int n = 0; n < THREADS; n++)
            pthread_join(threads[n], NULL);
        printf("wrong %d\n", wrong);
        return 0;
    }
    char byte;
    if (read(done[0], &byte, 1) != 1)
        return 94;
    return 5;
}
