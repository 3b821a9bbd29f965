// Filters that kill: the process, by SIGSYS; a thread alone, while its process lives on; and strict mode, by SIGKILL,
// after new lines that make no system call.
// compile: -pthread
// processes: 4
// tree: parent > process, parent > thread, parent > strict
// ends: process = SIGSYS
// ends: thread = 9
// ends: strict = SIGKILL
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"
#include "seccomp.h"

static const int calls[] = {SYS_getppid};

static int works(int n) { // hit: process, thread, strict
    int sum = 0; // hit: process, thread, strict
    for (int i = 0; i < n; i++) // hit: process, thread, strict
        sum += i; // hit: process, thread, strict
    return sum; // hit: process, thread, strict
} // hit: process, thread, strict

static void *dies(void *argument) { // hit: thread
    install(calls, 1, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_ALLOW); // hit: thread
    works(3); // hit: thread
    syscall(SYS_getppid); // hit: thread
    return argument; // miss
} // miss

static void process(void) { // hit: process
    install(calls, 1, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW); // hit: process
    works(4); // hit: process
    syscall(SYS_getppid); // hit: process
    _exit(1); // miss
}

static void thread(void) { // hit: thread
    pthread_t one;
    pthread_create(&one, NULL, dies, NULL); // hit: thread
    // The kernel wakes a joiner of a thread that it has killed.
    pthread_join(one, NULL); // hit: thread
    _exit(works(4) + 3); // hit: thread
}

static void strict(void) { // hit: strict
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT); // hit: strict
    works(5); // hit: strict
    if (write(1, "strict\n", 7) == 7) // hit: strict
        syscall(SYS_getppid); // hit: strict
    syscall(SYS_exit, 1); // miss
} // miss

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct {
        const char *name;
        void (*runs)(void);
    } children[] = {{"process", process}, {"thread", thread}, {"strict", strict}}; // hit: parent
    for (int i = 0; i < 3; i++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, process, thread, strict
            role(children[i].name); // hit: process, thread, strict
            children[i].runs(); // hit: process, thread, strict
        }
        int status;
        waitpid(child, &status, 0); // hit: parent
        dprintf(1, "%s: exited %d, status %#x\n", children[i].name, WIFEXITED(status), status & ~0x80); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
