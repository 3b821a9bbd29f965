// A thread that is not the leader forks; the child's one thread forks again.
// compile: -pthread
// processes: 3
// tree: parent > child, child > grandchild
// ends: grandchild = 8
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int work(int n) { // hit: parent, child, grandchild
    return n * 2; // hit: parent, child, grandchild
} // hit: parent, child, grandchild

static void *forks(void *arg) { // hit: parent
    int twice = work(1); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        twice += work(2); // hit: child
        pid_t grandchild = fork(); // hit: child
        if (grandchild == 0) { // hit: child, grandchild
            role("grandchild"); // hit: grandchild
            _exit(work(4)); // hit: grandchild
        }
        int status; // none
        waitpid(grandchild, &status, 0); // hit: child
        _exit(twice + WEXITSTATUS(status)); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    *(int *)arg = status; // hit: parent
    return NULL; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pthread_t thread; // none
    int status = 0; // hit: parent
    pthread_create(&thread, NULL, forks, &status); // hit: parent
    pthread_join(thread, NULL); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
