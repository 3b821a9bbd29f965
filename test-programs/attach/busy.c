// Computes the same thing over and over, in threads and in children of a thread, on many lines. Any byte of code or
// register that is wrong gives another result, or a death.
#include <pthread.h>
#include <sys/wait.h>
#include "attach.h"

static unsigned mix(unsigned n, unsigned by) {
    n ^= n << 13;
    n ^= n >> 17;
    n += by;
    return n;
}

#define LINE(n) \
    n = mix(n, __LINE__)

static unsigned work(unsigned n) {
    LINE(n);
    if (n & 1)
        LINE(n);
    else
        LINE(n);
    for (int i = 0; i < 20; i++) {
        LINE(n);
        switch (n % 5) {
        case 0:
            LINE(n);
            break;
        case 1:
            LINE(n);
            LINE(n);
            break;
        case 2:
            LINE(n);
            continue;
        case 3:
            LINE(n);
            // falls through
        default:
            LINE(n);
        }
        LINE(n);
    }
    LINE(n);
    return n;
}

static volatile int stop;
static unsigned expected;
static unsigned long rounds;
static int wrong;

// Says what is wrong, and that something is.
static void is_wrong(const char *what, int how) {
    dprintf(1, "%s: %d\n", what, how);
    __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

static void round_of_work(void) {
    unsigned result = work(1);
    if (result != expected)
        is_wrong("work", (int)result);
    __atomic_fetch_add(&rounds, 1, __ATOMIC_RELAXED);
}

static void *works(void *unused) {
    while (!stop)
        round_of_work();
    return unused;
}

static void *forks(void *unused) {
    while (!stop) {
        pid_t child = fork();
        if (child == 0)
            _exit(work(1) == expected ? 7 : 8);
        int status = -1;
        if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
            is_wrong("child of fork", status);
    }
    return unused;
}

static void *vforks(void *unused) {
    while (!stop) {
        pid_t child = vfork();
        if (child == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(9);
        }
        int status = -1;
        if (waitpid(child, &status, 0) != child || status != 0)
            is_wrong("child of vfork", status);
    }
    return unused;
}

static void *starts_threads(void *unused) {
    while (!stop) {
        pthread_t thread;
        pthread_create(&thread, NULL, (void *(*)(void *))(void *)round_of_work, NULL);
        pthread_join(thread, NULL);
    }
    return unused;
}

static void ticks(int signal) {
    (void)signal;
    if (work(2) == 0)
        is_wrong("work in a handler", 0);
}

int main(void) {
    role("parent");
    expected = work(1);
    signal(SIGUSR2, ticks);
    void *(*const all[])(void *) = {works, works, forks, vforks, starts_threads};
    enum { COUNT = sizeof all / sizeof *all };
    pthread_t threads[COUNT];
    for (int i = 0; i < COUNT; i++)
        pthread_create(&threads[i], NULL, all[i], NULL);
    at("ready");
    stop = 1;
    for (int i = 0; i < COUNT; i++)
        pthread_join(threads[i], NULL);
    printf("wrong %d, worked %d\n", wrong, rounds > 0);
    return wrong != 0;
}
