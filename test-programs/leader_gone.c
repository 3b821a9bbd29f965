// main calls pthread_exit, and the other threads run fresh lines in a process whose leader is a zombie.
// compile: -pthread
// processes: 1
// exit: 12
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include "role.h"

static pthread_t leader; // none

static int late(int n) { // hit: parent
    return n * 4; // hit: parent
} // hit: parent

static void *second(void *arg) { // hit: parent
    dprintf(1, "second thread\n"); // hit: parent
    return arg; // hit: parent
} // hit: parent

static void *outlives(void *arg) { // hit: parent
    pthread_join(leader, NULL); // hit: parent
    usleep(20000); // hit: parent
    pthread_t thread; // none
    pthread_create(&thread, NULL, second, arg); // hit: parent
    pthread_join(thread, NULL); // hit: parent
    exit(late(3)); // hit: parent
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    leader = pthread_self(); // hit: parent
    pthread_t thread; // none
    pthread_create(&thread, NULL, outlives, NULL); // hit: parent
    pthread_exit(NULL); // hit: parent
}
