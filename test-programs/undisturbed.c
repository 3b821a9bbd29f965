// What a program can see of itself: signal masks, descriptors, affinity, limits, environment; in the root, in a forked
// child, and in an exec'ed image. The harness compares what it prints without and with forkcov.
// processes: 3
// tree: parent > child, parent > again
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "role.h"

extern char **environ; // none

static void status(void) { // hit: parent, child, again
    static const char *const lines[] = {"Umask", "State", "Groups", "Threads", "SigPnd", "ShdPnd",
                                        "SigBlk", "SigIgn", "SigCgt", "Cap", "NoNewPrivs", "Seccomp",
                                        "Cpus_allowed", "THP_enabled"}; // none
    char line[256]; // none
    FILE *file = fopen("/proc/self/status", "r"); // hit: parent, child, again
    while (fgets(line, sizeof line, file)) // hit: parent, child, again
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) // hit: parent, child, again
            if (strncmp(line, lines[i], strlen(lines[i])) == 0) // hit: parent, child, again
                printf("%s", line); // hit: parent, child, again
    fclose(file); // hit: parent, child, again
} // hit: parent, child, again

static void descriptors(void) { // hit: parent, child, again
    for (int fd = 0; fd < 1024; fd++) { // hit: parent, child, again
        int flags = fcntl(fd, F_GETFD); // hit: parent, child, again
        if (flags >= 0) // hit: parent, child, again
            printf("fd %d: %d %#x\n", fd, flags, fcntl(fd, F_GETFL)); // hit: parent, child, again
    }
    int next = dup(0); // hit: parent, child, again
    printf("next %d\n", next); // hit: parent, child, again
    close(next); // hit: parent, child, again
} // hit: parent, child, again

static void limits(void) { // hit: parent, child, again
    struct rlimit limit; // none
    for (int i = 0; i < RLIM_NLIMITS; i++) { // hit: parent, child, again
        getrlimit((__rlimit_resource_t)i, &limit); // hit: parent, child, again
        printf("limit %d: %#lx %#lx\n", i, (long)limit.rlim_cur, (long)limit.rlim_max); // hit: parent, child, again
    }
} // hit: parent, child, again

static void dispositions(void) { // hit: parent, child, again
    struct sigaction action; // none
    for (int i = 1; i <= SIGRTMAX; i++) // hit: parent, child, again
        if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL) // hit: parent, child, again
            printf("signal %d: %s\n", i, action.sa_handler == SIG_IGN ? "ignored" : "handled");
} // hit: parent, child, again

static void others(void) { // hit: parent, child, again
    cpu_set_t cpus; // none
    sched_getaffinity(0, sizeof cpus, &cpus); // hit: parent, child, again
    printf("affinity %d\n", CPU_COUNT(&cpus)); // hit: parent, child, again
    printf("nice %d\n", getpriority(PRIO_PROCESS, 0)); // hit: parent, child, again
    printf("scheduler %d\n", sched_getscheduler(0)); // hit: parent, child, again
    printf("personality %#x\n", personality(0xffffffff)); // hit: parent, child, again
    printf("dumpable %d\n", prctl(PR_GET_DUMPABLE)); // hit: parent, child, again
    int signal = -1; // hit: parent, child, again
    prctl(PR_GET_PDEATHSIG, &signal); // hit: parent, child, again
    printf("death signal %d\n", signal); // hit: parent, child, again
    int subreaper = -1; // hit: parent, child, again
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper); // hit: parent, child, again
    printf("subreaper %d\n", subreaper); // hit: parent, child, again
    printf("timer slack %d\n", prctl(PR_GET_TIMERSLACK)); // hit: parent, child, again
    char directory[4096]; // none
    printf("directory %s\n", getcwd(directory, sizeof directory)); // hit: parent, child, again
    for (char **variable = environ; *variable; variable++) // hit: parent, child, again
        printf("%s\n", *variable); // hit: parent, child, again
} // hit: parent, child, again

static void all(const char *who) { // hit: parent, child, again
    printf("-- %s\n", who); // hit: parent, child, again
    status(); // hit: parent, child, again
    descriptors(); // hit: parent, child, again
    limits(); // hit: parent, child, again
    dispositions(); // hit: parent, child, again
    others(); // hit: parent, child, again
    fflush(stdout); // hit: parent, child, again
} // hit: parent, child, again

int main(int argc, char **argv) { // hit: parent, again
    role(argc > 1 ? "again" : "parent"); // hit: parent, again
    all(argc > 1 ? "image" : "root"); // hit: parent, again
    if (argc > 1) // hit: parent, again
        return 0; // hit: again
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        all("child"); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    child = fork(); // hit: parent
    if (child == 0) { // hit: parent, again
        execv("./undisturbed", (char *[]){argv[0], "again", NULL}); // hit: again
        _exit(99); // miss
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
} // hit: parent, again
