// Raw wait statuses, with exit codes, signals and the core flag, are what a parent sees without a tracer.
// processes: 10
// tree: parent > child
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "role.h"

static void limit_core(rlim_t bytes) { // hit: child
    struct rlimit limit; // none
    getrlimit(RLIMIT_CORE, &limit); // hit: child
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max; // hit: child
    setrlimit(RLIMIT_CORE, &limit); // hit: child
} // hit: child

static void end(int how) { // hit: child
    int signals[] = {SIGKILL, SIGABRT, SIGTERM, SIGRTMIN + 1, SIGQUIT, SIGPIPE}; // hit: child
    limit_core(how % 2 ? 1 << 20 : 0); // hit: child
    if (how < 3) // hit: child
        _exit(how * 127); // hit: by exit
    kill(getpid(), signals[how - 3]); // hit: by signal
} // miss

int main(void) { // hit: parent
    role("parent"); // hit: parent
    for (int how = 0; how < 9; how++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, child
            role("child"); // hit: child
            role(how < 3 ? "by exit" : "by signal"); // hit: child
            end(how); // hit: child
        }
        int status; // none
        struct rusage usage; // none
        pid_t waited = wait4(child, &status, 0, &usage); // hit: parent
        dprintf(1, "%d: %d %#06x\n", how, waited == child, status); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
