// Filters that the program installs: an allow list that answers EPERM to all else, as a container has one; a call that
// fails with a number of the filter's choice; one that a tracer is to be asked about, and there is none (ENOSYS).
// Children inherit them, and new lines run under them.
// processes: 4
// tree: parent > allowed, parent > chosen, parent > untold
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"
#include "seccomp.h"

static int chosen_lines(int n) { // hit: allowed, chosen, untold
    return n * 3; // hit: allowed, chosen, untold
} // hit: allowed, chosen, untold

static void allowed(void) { // hit: allowed
    static const int calls[] = {SYS_write, SYS_openat, SYS_close, SYS_getpid, SYS_exit_group, SYS_clone, SYS_wait4,
                                SYS_set_robust_list, SYS_rseq, SYS_gettid};
    install(calls, sizeof calls / sizeof *calls, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM); // hit: allowed
    long got = syscall(SYS_getppid); // hit: allowed
    // dprintf would ask lseek.
    char text[80];
    int length = snprintf(text, sizeof text, "getppid %ld, refused %d, lines %d\n", got, errno == EPERM, chosen_lines(1)); // hit: allowed
    if (write(1, text, (size_t)length) != length) // hit: allowed
        _exit(9); // miss
} // hit: allowed

static void chosen(void) { // hit: chosen
    static const int calls[] = {SYS_getppid};
    install(calls, 1, SECCOMP_RET_ERRNO | 77, SECCOMP_RET_ALLOW); // hit: chosen
    long got = syscall(SYS_getppid); // hit: chosen
    dprintf(1, "getppid %ld, error %d, lines %d\n", got, errno, chosen_lines(2)); // hit: chosen
} // hit: chosen

static void untold(void) { // hit: untold
    static const int calls[] = {SYS_getppid};
    install(calls, 1, SECCOMP_RET_TRACE | 5, SECCOMP_RET_ALLOW); // hit: untold
    long got = syscall(SYS_getppid); // hit: untold
    dprintf(1, "getppid %ld, none %d, lines %d\n", got, errno == ENOSYS, chosen_lines(3)); // hit: untold
} // hit: untold

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct {
        const char *name;
        void (*runs)(void);
    } children[] = {{"allowed", allowed}, {"chosen", chosen}, {"untold", untold}}; // hit: parent
    for (int i = 0; i < 3; i++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, allowed, chosen, untold
            role(children[i].name); // hit: allowed, chosen, untold
            children[i].runs(); // hit: allowed, chosen, untold
            _exit(i); // hit: allowed, chosen, untold
        }
        int status;
        waitpid(child, &status, 0); // hit: parent
        dprintf(1, "status %d\n", status); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
