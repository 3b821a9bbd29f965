// Its threads end all the time, each after another while.
#include <pthread.h>
#include "attach.h"

static volatile int stop;

static void *ends(void *unused) {
    static unsigned count;
    usleep(__atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) % 40 * 1000);
    return unused;
}

static void *starts(void *unused) {
    while (!stop) {
        pthread_t threads[8];
        for (int i = 0; i < 8; i++)
            if (pthread_create(&threads[i], NULL, ends, NULL))
                _exit(91);
        for (int i = 0; i < 8; i++)
            pthread_join(threads[i], NULL);
    }
    return unused;
}

int main(void) {
    enum { COUNT = 3 };
    pthread_t threads[COUNT];
    for (int i = 0; i < COUNT; i++)
        pthread_create(&threads[i], NULL, starts, NULL);
    at("ready");
    stop = 1;
    for (int i = 0; i < COUNT; i++)
        pthread_join(threads[i], NULL);
    printf("enough\n");
}
