// In a process whose leader has exited, another thread forks and vforks.
// compile: -pthread
// also-compile: helpers/target.c -> target
// processes: 3
// tree: parent > child, parent > target
// ends: child = 14
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static pthread_t leader; // none

static int work(int n) { // hit: parent, child
    return n * 2; // hit: parent, child
} // hit: parent, child

static void *outlives(void *arg) { // hit: parent
    pthread_join(leader, NULL); // hit: parent
    usleep(20000); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(work(7)); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "forked: %d\n", WEXITSTATUS(status)); // hit: parent
    child = vfork(); // hit: parent
    if (child == 0) { // hit: parent, target
        execl("./target", "target", "target", (char *)NULL); // hit: target
        _exit(99); // miss
    }
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "vforked: %d\n", WEXITSTATUS(status)); // hit: parent
    exit(work(0)); // hit: parent
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    leader = pthread_self(); // hit: parent
    pthread_t thread; // none
    pthread_create(&thread, NULL, outlives, NULL); // hit: parent
    pthread_exit(NULL); // hit: parent
}
