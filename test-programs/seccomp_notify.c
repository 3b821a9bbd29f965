// A supervisor answers a system call of its child through a listener (seccomp_unotify(2)).
// compile: -pthread
// processes: 2
// tree: parent > child
// ends: child = 42
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include "role.h"
#include "seccomp.h"

static pid_t child;
static int listener;

static void *answers(void *unused) { // hit: parent
    struct seccomp_notif asked;
    struct seccomp_notif_resp answer;
    memset(&asked, 0, sizeof asked); // hit: parent
    memset(&answer, 0, sizeof answer); // hit: parent
    int got = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked); // hit: parent
    dprintf(1, "received %d, the right call %d, of the child %d\n", got, asked.data.nr == SYS_getppid, (pid_t)asked.pid == child); // hit: parent
    answer.id = asked.id; // hit: parent
    answer.val = 42; // hit: parent
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer); // hit: parent
    return unused; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    static const int calls[] = {SYS_getppid};
    listener = install_with(SECCOMP_FILTER_FLAG_NEW_LISTENER, calls, 1, SECCOMP_RET_USER_NOTIF, SECCOMP_RET_ALLOW); // hit: parent
    child = fork(); // hit: parent, child
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        long got = syscall(SYS_getppid); // hit: child
        _exit((int)got); // hit: child
    }
    pthread_t thread;
    pthread_create(&thread, NULL, answers, NULL); // hit: parent
    int status;
    waitpid(child, &status, 0); // hit: parent
    pthread_join(thread, NULL); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
