// Logs each of its lines after it ran, as "PID LINE", until it is killed or ten seconds are over.
//
// Children come all the time, and each runs lines that are fresh to it; some exec the program again, some fork, and some have
// threads that run the same lines at once.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int file;

// One system call for one line, so that a killed process leaves a whole line or none.
static void log_line(int line) {
    char text[32];
    int length = snprintf(text, sizeof text, "%d %d\n", (int)getpid(), line);
    if (write(file, text, (size_t)length) != length)
        _exit(9);
}

// What stands before it in the line has run when it logs.
#define RAN log_line(__LINE__)

static int steps(int n) {
    n += 1, RAN;
    n *= 3, RAN;
    if (n % 2)
        n += 5, RAN;
    else
        n -= 5, RAN;
    for (int i = 0; i < 3; i++)
        n ^= i, RAN;
    usleep(200), RAN;
    n += 2, RAN;
    return n;
}

static int other_steps(int n) {
    n -= 1, RAN;
    switch (n % 4) {
    case 0:
        n += 10, RAN;
        break;
    case 1:
        n += 20, RAN;
        break;
    case 2:
        n += 30, RAN;
        break;
    default:
        n += 40, RAN;
    }
    usleep(100), RAN;
    return n;
}

static void *steps_of_thread(void *argument) {
    int n = steps((int)(long)argument);
    RAN;
    n += other_steps(n), RAN;
    return (void *)(long)(n & 3);
}

static void threads(long round) {
    pthread_t threads[3];
    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, steps_of_thread, (void *)(round + i)), RAN;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL), RAN;
}

static void child(int round, char *program, char *log) {
    int n = steps(round);
    RAN;
    if (round % 5 == 0)
        RAN, execl(program, program, log, "again", (char *)NULL);
    if (round % 4 == 1)
        threads(round), RAN;
    if (round % 3 == 0) {
        pid_t pid = fork();
        if (pid == 0)
            RAN, n += other_steps(round), _exit(0);
        RAN;
    }
    n += other_steps(n), RAN;
    if (round % 2)
        RAN, abort();
    RAN, _exit(n & 127);
}

int main(int argc, char **argv) {
    file = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    RAN;
    if (argc > 2)
        RAN, exit(other_steps(argc) & 127);
    time_t end = time(NULL) + 10;
    for (int round = 0; time(NULL) < end; round++) {
        pid_t pid = fork();
        if (pid == 0)
            child(round, argv[0], argv[1]);
        RAN;
        if (round == 5)
            steps(2), RAN;
        if (round == 20)
            other_steps(2), RAN;
        if (round > 3)
            RAN, wait(NULL);
    }
    return 0;
}
