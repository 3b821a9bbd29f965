// Its first thread ends while it is traced, another one runs on, and is released.
#include <pthread.h>
#include "attach.h"
#include "gone.h"

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static int during(int n) { // hit: parent
    return n + 2; // hit: parent
} // hit: parent

static int after(int n) { // miss
    return n + 3; // miss
} // miss

static void *goes_on(void *unused) {
    at("ready");
    pthread_mutex_unlock(&held); // hit: parent
    wait_until_gone(getpid()); // hit: parent
    int sum = during(1); // hit: parent
    at("traced");
    sum += after(sum); // miss
    printf("sum %d\n", sum);
    exit(0);
    return unused;
}

int main(void) {
    role("parent");
    pthread_mutex_lock(&held);
    pthread_t thread;
    pthread_create(&thread, NULL, goes_on, NULL);
    pthread_mutex_lock(&held);
    pthread_exit(NULL); // hit: parent
}
