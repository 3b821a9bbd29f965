// Makes processes so that births, ends and execs come to a tracer in every order that the kernel allows. What is
// logged of such runs is replayed in the unit tests of the process tree.
//
//   orders fork        three threads fork three children each
//   orders kill-child  children are killed as soon as they can be found
//   orders kill-maker  a process is killed while it makes others
//   orders exec        a thread execs while others make processes
//   orders reuse       three children in turn that have the same PID (needs root)
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *forks(void *ends) {
    for (int i = 0; i < 3; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(i + 1);
        if (ends)
            waitpid(pid, NULL, 0);
    }
    return NULL;
}

static void in_threads(void *(*work)(void *), void *argument) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work, argument);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

// A child is listed (proc_pid_children(5)) before its maker's fork has returned.
static void kill_children_of(pid_t maker, int times) {
    char path[64], list[256];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", maker, maker);
    int file = open(path, O_RDONLY);
    while (times > 0) {
        ssize_t length = pread(file, list, sizeof list - 1, 0);
        if (length < 0)
            break;
        list[length] = 0;
        for (char *pid = strtok(list, " "); pid; pid = strtok(NULL, " "))
            if (atoi(pid) != getpid() && kill(atoi(pid), SIGKILL) == 0)
                times--;
    }
}

static int kill_child(void) {
    pid_t maker = getpid(), killer = fork();
    if (killer == 0)
        kill_children_of(maker, 1000000);
    for (int i = 0; i < 4; i++) {
        pid_t pid = fork();
        if (pid == 0)
            for (;;)
                pause();
        waitpid(pid, NULL, 0);
    }
    kill(killer, SIGKILL);
    waitpid(killer, NULL, 0);
    return 0;
}

static int kill_maker(unsigned spins) {
    for (int round = 0; round < 3; round++) {
        pid_t maker = fork();
        if (maker == 0)
            for (;;)
                forks(NULL);
        kill_children_of(maker, 1);
        for (volatile unsigned i = 0; i < spins; i++)
            ;
        kill(maker, SIGKILL);
        waitpid(maker, NULL, 0);
    }
    return 0;
}

static char *name;

static void *execs(void *unused) {
    usleep(300);
    execl(name, name, "end", NULL);
    return unused;
}

static int reuse(void) {
    char last[16];
    int file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
    for (int i = 0; i < 3; i++) {
        int length = snprintf(last, sizeof last, "%d", getpid() + 10);
        if (file < 0 || pwrite(file, last, (size_t)length, 0) != length)
            return 1;
        pid_t pid = fork();
        if (pid == 0)
            _exit(i);
        if (pid != getpid() + 11)
            return 2;
        waitpid(pid, NULL, 0);
    }
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    name = argv[0];
    if (!strcmp(what, "fork"))
        in_threads(forks, &name);
    else if (!strcmp(what, "kill-child"))
        return kill_child();
    else if (!strcmp(what, "kill-maker"))
        return kill_maker(argc > 2 ? (unsigned)atoi(argv[2]) : 0);
    else if (!strcmp(what, "reuse"))
        return reuse();
    else if (!strcmp(what, "exec")) {
        pthread_t thread;
        pthread_create(&thread, NULL, execs, NULL);
        in_threads(forks, NULL);
        for (;;)
            forks(NULL);
    }
    return 0;
}
