// A filter that raises SIGSYS: the handler is given the call, its number and its machine, gives a result of its own, and
// runs new lines; and a blocked SIGSYS kills.
// processes: 2
// tree: parent > blocks
// ends: blocks = SIGSYS
#define _GNU_SOURCE
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include "role.h"
#include "seccomp.h"

static volatile int right;

static void refused(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs; // hit: parent
    right += info->si_code == 1 && info->si_errno == 123 && info->si_syscall == SYS_getppid; // hit: parent
    right += info->si_arch == AUDIT_ARCH_X86_64 && info->si_call_addr == (void *)registers[REG_RIP]; // hit: parent
    right += registers[REG_RAX] == SYS_getppid; // hit: parent
    registers[REG_RAX] = 4242; // hit: parent
} // hit: parent

static int later(int n) { // hit: parent
    return n + 1; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = refused, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGSYS, &action, NULL); // hit: parent
    static const int calls[] = {SYS_getppid};
    install(calls, 1, SECCOMP_RET_TRAP | 123, SECCOMP_RET_ALLOW); // hit: parent
    for (int i = 0; i < 2; i++) { // hit: parent
        long got = syscall(SYS_getppid); // hit: parent
        dprintf(1, "got %ld, right %d, later %d\n", got, right, later(i)); // hit: parent
    }
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, blocks
        role("blocks"); // hit: blocks
        sigset_t set;
        sigemptyset(&set); // hit: blocks
        sigaddset(&set, SIGSYS); // hit: blocks
        sigprocmask(SIG_BLOCK, &set, NULL); // hit: blocks
        syscall(SYS_getppid); // hit: blocks
        _exit(0); // miss
    }
    int status;
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "killed by %d\n", WTERMSIG(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
