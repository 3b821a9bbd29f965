// Makes children all the time, in two threads; each opens a library, of which its lines are known. The file `reaped` has
// the IDs of those that have ended well.
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include "../libraries/open.h"
#include "attach.h"

static volatile int stop;
static int wrong, reaped;

static void *forks(void *unused) {
    while (!stop) {
        pid_t child = fork();
        if (child == 0)
            _exit(call(open_library("./libplugin.so"), "plugin_first", 2) == 42 ? 7 : 8);
        int status = -1;
        if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7 ||
            write(reaped, &child, sizeof child) != sizeof child) {
            printf("child %d: status %#x, %m\n", child, status);
            __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
        }
    }
    return unused;
}

int main(void) {
    role("parent");
    reaped = open("reaped", O_CREAT | O_WRONLY | O_TRUNC | O_APPEND, 0600);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, forks, NULL);
    at("ready");
    stop = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("wrong %d\n", wrong);
    return wrong != 0;
}
