// kills-before CALL PROGRAM ARGS...: runs PROGRAM, and kills the process that it starts when it is about to be seized (CALL is
// `ptrace`), or when it is about to execute (CALL is `execve`). Ends as PROGRAM does.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../seccomp.h"

static int is_dead(pid_t pid) {
    char name[64], state = 'Z';
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *stat = fopen(name, "r");
    if (stat) {
        fscanf(stat, "%*d (%*[^)]) %c", &state);
        fclose(stat);
    }
    return state == 'Z';
}

int main(int argc, char **argv) {
    int is_exec = strcmp(argv[1], "execve") == 0;
    const int call = is_exec ? SYS_execve : SYS_ptrace;
    int listener = install_with(SECCOMP_FILTER_FLAG_NEW_LISTENER, &call, 1, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_ALLOW);
    if (listener < 0) {
        perror("kills-before");
        return 99;
    }
    pid_t child = fork();
    if (child == 0) {
        execv(argv[2], argv + 2);
        _exit(99);
    }
    for (int asked = 0, needed = is_exec ? 2 : 1; asked < needed; asked++) {
        struct seccomp_notif call;
        struct seccomp_notif_resp answer;
        memset(&call, 0, sizeof call);
        memset(&answer, 0, sizeof answer);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
            break;
        if (asked + 1 == needed) {
            pid_t victim = is_exec ? (pid_t)call.pid : (pid_t)call.data.args[1];
            kill(victim, SIGKILL);
            while (!is_dead(victim))
                usleep(1000);
        }
        answer.id = call.id;
        answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
    close(listener);
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}
