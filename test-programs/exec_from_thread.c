// A thread that is not the leader calls exec: the kernel ends the others, and the new image has the leader's PID.
// compile: -pthread
// processes: 1
// exit: 6
// command: parent = ./exec_from_thread again
#include <pthread.h>
#include <stdio.h>
#include "role.h"

static void *execs(void *arg) { // hit: parent
    usleep(50000); // hit: parent
    execl(arg, arg, "again", (char *)NULL); // hit: parent
    _exit(99); // miss
}

static void *waits(void *arg) { // hit: parent
    for (;;)
        pause(); // hit: parent
    return arg; // none
}

static int in_new_image(int n) { // hit: parent
    dprintf(1, "new image\n"); // hit: parent
    return n * 2; // hit: parent
} // hit: parent

int main(int argc, char **argv) { // hit: parent
    role("parent"); // hit: parent
    if (argc > 1) // hit: parent
        return in_new_image(3); // hit: parent
    pthread_t thread; // none
    for (int i = 0; i < 4; i++) // hit: parent
        pthread_create(&thread, NULL, waits, NULL); // hit: parent
    usleep(50000); // hit: parent
    pthread_create(&thread, NULL, execs, "./exec_from_thread"); // hit: parent
    for (;;)
        pause(); // hit: parent
} // hit: parent
