// Three children, one after the other, with one PID: three processes, each with a line of its own.
// needs: root
// no-oracle: the stepper knows processes by their PIDs
// processes: 4
// tree: parent > first, parent > second, parent > third
#define _GNU_SOURCE
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "role.h"

static const char *const names[] = {"first", "second", "third"};

static int runs(int number) { // hit: first, second, third
    role(names[number]); // hit: first, second, third
    if (number == 0) // hit: first, second, third
        return 10; // hit: first
    if (number == 1) // hit: second, third
        return 11; // hit: second
    return 12; // hit: third
} // hit: first, second, third

static pid_t with_pid(pid_t pid) { // hit: parent
    struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
    return (pid_t)syscall(SYS_clone3, &args, sizeof args); // hit: parent
} // hit: parent, second, third

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t first = 0; // hit: parent
    for (int number = 0; number < 3; number++) { // hit: parent
        pid_t pid = number == 0 ? fork() : with_pid(first); // hit: parent, first, second, third
        if (pid == 0) // hit: parent, first, second, third
            _exit(runs(number)); // hit: first, second, third
        first = number == 0 ? pid : first; // hit: parent
        int status = -1; // hit: parent
        waitpid(pid, &status, 0); // hit: parent
        dprintf(1, "the same %d, status %d\n", pid == first, WEXITSTATUS(status)); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
