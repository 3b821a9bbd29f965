// Opens a library in children, one of which has a thread before that.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../libraries/open.h"

typedef void (*Linger)(const char *role, volatile int *step, const char *zeros);

static volatile int *step;
static const char *zeros;
static volatile Linger linger;

static void open_it(void) {
    linger = (Linger)must(dlsym(open_library("./liblingers.so"), "linger"));
}

static void *lingers(void *none) {
    while (!linger) sched_yield();
    linger("exited", step, zeros);
    return none;
}

static void wait_for_second_step(void) {
    while (*step < 2) sched_yield();
}

int main(void) {
    step = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    zeros = mmap(NULL, 1UL << 40, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (step == MAP_FAILED || zeros == MAP_FAILED)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        open_it();
        linger("killed", step, zeros);
    }
    wait_for_second_step();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    *step = 0;
    child = fork();
    if (child == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, lingers, NULL);
        open_it();
        wait_for_second_step();
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    return status != 0;
}
