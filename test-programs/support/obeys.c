// Obeys words on its standard input, which is a terminal: "go" runs a line, "end" ends. Says what it is signalled. With
// the argument "own" it has its own way to be stopped; with "pauses" it only waits for a SIGHUP.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t hung_up;

static void told(int signal) {
    hung_up |= signal == SIGHUP;
    dprintf(1, "told %s\n", sigabbrev_np(signal));
}

// As an editor does that puts the terminal in order first.
static void stops(int number) {
    dprintf(1, "puts in order\n");
    signal(SIGTSTP, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    signal(SIGTSTP, stops);
    dprintf(1, "is back\n");
}

static void go(void) {
    dprintf(1, "goes\n");
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = told, .sa_flags = SA_RESTART};
    int signals[] = {SIGINT, SIGQUIT, SIGCONT, SIGWINCH, SIGHUP};
    for (int i = 0; i < 5; i++)
        sigaction(signals[i], &action, NULL);
    if (argc > 1 && strcmp(argv[1], "own") == 0)
        signal(SIGTSTP, stops);
    dprintf(1, "ready %d\n", getpid());
    // Without a look at the terminal, whose end would be another way to learn of it.
    while (argc > 1 && strcmp(argv[1], "pauses") == 0)
        if (hung_up)
            return 4;
        else
            usleep(1000);
    char line[80];
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "go\n") == 0)
            go();
        if (strcmp(line, "end\n") == 0)
            return 3;
    }
    return 5;
}
