// Threads come and go, one by pthread_exit, one by its return, one cancelled; others run on.
// compile: -pthread
// processes: 1
#include <pthread.h>
#include <stdio.h>
#include "role.h"

static void *returns(void *arg) { // hit: parent
    return arg; // hit: parent
} // hit: parent

static void *exits(void *arg) { // hit: parent
    pthread_exit(arg); // hit: parent
}

static void cleanup(void *arg) { // hit: parent
    dprintf(1, "cancelled after %s\n", (char *)arg); // hit: parent
} // hit: parent

static void *sleeps(void *arg) { // hit: parent
    pthread_cleanup_push(cleanup, arg); // hit: parent
    for (;;)
        pause(); // hit: parent
    pthread_cleanup_pop(0); // none
    return NULL; // none
}

static int later(int n) { // hit: parent
    return n + 1; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pthread_t one, two, three; // none
    pthread_create(&one, NULL, returns, NULL); // hit: parent
    pthread_join(one, NULL); // hit: parent
    pthread_create(&two, NULL, exits, NULL); // hit: parent
    pthread_join(two, NULL); // hit: parent
    pthread_create(&three, NULL, sleeps, "a sleep"); // hit: parent
    usleep(50000); // hit: parent
    pthread_cancel(three); // hit: parent
    pthread_join(three, NULL); // hit: parent
    return later(-1); // hit: parent
} // hit: parent
