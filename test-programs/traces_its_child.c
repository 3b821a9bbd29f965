// A program that traces a child of its own, as a debugger does: by PTRACE_TRACEME, and by PTRACE_SEIZE.
// no-oracle: a process can have only one tracer
// limit: a process can have only one tracer
// processes: 3
// tree: parent > traced, parent > seized
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include "role.h"

int main(void) {
    role("parent");
    pid_t child = fork();
    if (child == 0) {
        role("traced");
        dprintf(1, "traceme %ld\n", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
        raise(SIGUSR1);
        _exit(4);
    }
    int status;
    waitpid(child, &status, 0);
    dprintf(1, "stopped by %d\n", WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
    ptrace(PTRACE_CONT, child, NULL, NULL);
    waitpid(child, &status, 0);
    dprintf(1, "status %d\n", WEXITSTATUS(status));
    child = fork();
    if (child == 0) {
        role("seized");
        for (;;)
            pause();
    }
    dprintf(1, "seize %ld\n", ptrace(PTRACE_SEIZE, child, NULL, NULL));
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return 0;
}
