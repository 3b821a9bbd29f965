// Its first thread has ended, another one runs on: the process has a PID of which there is only a zombie.
#include <pthread.h>
#include <sys/wait.h>
#include "attach.h"
#include "gone.h"

static int before(int n) { // miss
    return n + 1; // miss
} // miss

static int during(int n) { // hit: parent
    return n + 2; // hit: parent
} // hit: parent

static int after(int n) { // miss
    return n + 3; // miss
} // miss

static void *goes_on(void *unused) {
    wait_until_gone(getpid());
    int sum = before(0); // miss
    at("ready");
    sum += during(sum); // hit: parent
    if (fork() == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(0); // hit: child
    }
    waitpid(-1, NULL, 0); // hit: parent
    at("traced");
    sum += after(sum); // miss
    printf("sum %d\n", sum);
    exit(0);
    return unused;
}

int main(void) {
    role("parent");
    pthread_t thread;
    pthread_create(&thread, NULL, goes_on, NULL); // miss
    pthread_exit(NULL); // miss
}
