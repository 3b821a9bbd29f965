// Processes with threads that are killed while all threads run: by SIGKILL, by a signal that one thread raises, by the
// exit of another thread. What ran before that is there, and nothing else.
// compile: -pthread
// processes: 13
// tree: parent > child
// no-oracle: it runs until its code is hot
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "role.h"

enum { THREADS = 4, CHILDREN = 12 };

static _Atomic int *turns; // none
static int way; // none

static __attribute__((noinline)) unsigned turn(unsigned x) { // hit: child
    if (x & 1) // hit: child
        x = x * 3 + 1; // hit: child
    else
        x = x / 2 + 8; // hit: child
    if (x > 1 << 20) // hit: child
        x &= 1023; // miss
    if (x == 0) // hit: child
        x--; // miss
    return x; // hit: child
} // hit: child

static void *turns_for_ever(void *argument) { // hit: child
    unsigned x = 27; // hit: child
    for (;;) {
        for (int n = 0; n < 200; n++) // hit: child
            x = turn(x ? x : 27); // hit: child
        ++*turns; // hit: child
        if (x == 0) // hit: child
            break; // miss
    }
    return argument; // miss
} // miss

static void *ends(void *argument) { // hit: terminated, exits
    while (*turns < 3 * THREADS) // hit: terminated, exits
        usleep(1000);
    if (way % 3 == 1) // hit: terminated, exits
        raise(SIGTERM); // hit: terminated
    if (way % 3 == 2) // hit: exits
        _exit(7); // hit: exits
    return argument; // miss
} // miss

static void child(void) { // hit: child
    static const char *const ends_by[] = {"killed", "terminated", "exits"}; // none
    role("child"); // hit: child
    role(ends_by[way % 3]); // hit: child
    pthread_t thread; // none
    if (way % 3 != 0) // hit: child
        pthread_create(&thread, NULL, ends, NULL); // hit: terminated, exits
    for (int n = 0; n < THREADS; n++) // hit: child
        pthread_create(&thread, NULL, turns_for_ever, NULL); // hit: child
    for (;;)
        pause();
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int status, ended[3] = {0}; // hit: parent
    turns = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); // hit: parent
    for (way = 0; way < CHILDREN; way++) { // hit: parent
        *turns = 0; // hit: parent
        pid_t pid = fork(); // hit: parent
        if (pid == 0) // hit: parent, child
            child(); // hit: child
        while (way % 3 == 0 && *turns < 5 * THREADS) // hit: parent
            usleep(1000);
        if (way % 3 == 0) // hit: parent
            kill(pid, SIGKILL); // hit: parent
        waitpid(pid, &status, 0); // hit: parent
        ended[0] += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; // hit: parent
        ended[1] += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM; // hit: parent
        ended[2] += WIFEXITED(status) && WEXITSTATUS(status) == 7; // hit: parent
    }
    printf("%d killed, %d terminated, %d exited\n", ended[0], ended[1], ended[2]); // hit: parent
    return 0; // hit: parent
} // hit: parent
