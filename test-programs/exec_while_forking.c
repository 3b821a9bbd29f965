// A thread execs while others fork: a child whose creator the exec ended before the birth was reported, is waited
// for by the new image.
// compile: -pthread
// tree: program > child
// no-oracle: how many children there are is up to chance
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

static atomic_int forked; // none

static void *forks(void *unused) { // hit: program
    for (;;) { // hit: program
        pid_t pid = fork(); // hit: program
        if (pid == 0) { // hit: program, child
            role("child"); // hit: child
            _exit(0); // hit: child
        }
        forked++; // hit: program
    }
    return unused; // none
}

int main(int argc, char **argv) { // hit: program
    int rounds = argc > 1 ? atoi(argv[1]) : 20; // hit: program
    role("program"); // hit: program
    while (wait(NULL) > 0) // hit: program
        ; // none
    if (rounds == 0) // hit: program
        return puts("all have ended"), 0; // hit: program
    pthread_t threads[2]; // none
    for (int i = 0; i < 2; i++) // hit: program
        pthread_create(&threads[i], NULL, forks, NULL); // hit: program
    while (forked < 4) // hit: program
        ; // none
    char next[16]; // none
    snprintf(next, sizeof next, "%d", rounds - 1); // hit: program
    execl("/proc/self/exe", argv[0], next, NULL); // hit: program
    return 1; // miss
}
