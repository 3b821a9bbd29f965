// waits [catch]: says that it is ready, then waits for a signal; with `catch` it handles SIGTERM and SIGINT, and ends by 7.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile int caught;

static void handle(int signal) {
    caught = signal; // line 9: only after the signal
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        signal(SIGTERM, handle);
        signal(SIGINT, handle);
    }
    puts("ready");
    fflush(stdout);
    while (!caught)
        pause();
    printf("caught %d\n", caught);
    return 7;
}
