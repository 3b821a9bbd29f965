// Four threads fork five children each while four others run fresh lines: no child gets a byte that is not its own.
// compile: -pthread
// processes: 21
// tree: parent > child
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static atomic_int failed; // none

static int a(int n) { // hit: parent, child
    return n + 1; // hit: parent, child
} // hit: parent, child

static int b(int n) { // hit: parent, child
    int m = a(n); // hit: parent, child
    return m * 2; // hit: parent, child
} // hit: parent, child

static void *forker(void *arg) { // hit: parent
    for (int i = 0; i < 5; i++) { // hit: parent
        pid_t pid = fork(); // hit: parent
        if (pid == 0) { // hit: parent, child
            role("child"); // hit: child
            _exit(b(i)); // hit: child
        }
        int status; // none
        if (waitpid(pid, &status, 0) != pid || status != (i + 1) * 2 << 8) // hit: parent
            failed++; // miss
    }
    return arg; // hit: parent
} // hit: parent

static void *runner(void *arg) { // hit: parent
    for (int i = 0; i < 100; i++) // hit: parent
        if (b(i) != (i + 1) * 2) // hit: parent
            failed++; // miss
    return arg; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pthread_t threads[8]; // none
    for (int i = 0; i < 8; i++) // hit: parent
        pthread_create(&threads[i], NULL, i % 2 ? forker : runner, NULL); // hit: parent
    for (int i = 0; i < 8; i++) // hit: parent
        pthread_join(threads[i], NULL); // hit: parent
    dprintf(1, "failed %d\n", failed); // hit: parent
    return 0; // hit: parent
} // hit: parent
