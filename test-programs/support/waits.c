// waits [catch]: says that it is ready, then waits for a signal; with `catch` it handles SIGTERM and SIGINT, and ends by 7.
// A signal that never comes ends it after half a minute.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile int caught;

static void handle(int signal) {
    caught = signal; // line 10: only after the signal
}

int main(int argc, char **argv) {
    (void)argv;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    if (argc > 1) {
        signal(SIGTERM, handle);
        signal(SIGINT, handle);
    }
    // Blocked until sigsuspend: one that comes between a look at `caught` and the wait would be waited for in vain.
    sigprocmask(SIG_SETMASK, &all, NULL);
    alarm(30);
    puts("ready");
    fflush(stdout);
    while (!caught)
        sigsuspend(&none);
    printf("caught %d\n", caught);
    return 7;
}
