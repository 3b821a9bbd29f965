// Its first thread has ended, and another one calls exec: that has the process's ID then, of which no thread was known.
#include <pthread.h>
#include "attach.h"
#include "gone.h"

static int after(int n) { // miss
    return n + 1; // miss
} // miss

static void *execs(void *unused) {
    wait_until_gone(getpid());
    at("ready");
    execl("/proc/thread-self/exe", "leaderless_execs", "again", (char *)NULL); // hit: parent
    _exit(92); // miss
    return unused;
}

int main(int count, char **arguments) { // hit: parent
    if (count > 1) { // hit: parent
        at("traced"); // hit: parent
        printf("sum %d\n", after(1)); // miss
        return 0; // miss
    }
    role("parent"); // miss
    pthread_t thread;
    pthread_create(&thread, NULL, execs, arguments); // miss
    pthread_exit(NULL); // miss
}
