// Tasks that get inside a basic block, and not to its end: killed there, ended or replaced by another thread,
// sent elsewhere by a signal's handler, or sent on from there in a child that the handler has made.
// timed-branches: it waits for other processes in loops
// processes: 8
// tree: parent > killed, parent > exited, parent > execed, parent > jumped, parent > skipped, parent > returned, returned > born
// ends: killed = SIGKILL
// compile: -pthread
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include "role.h"

static volatile int *step; // none
static char *zeros; // none
static sigjmp_buf back; // none

// Reads zeros for minutes, in one instruction: after the second step, nothing else comes before the end.
static void linger(void) { // hit: killed, exited, execed, jumped, returned, skipped
    unsigned long many = 1UL << 40; // hit: killed, exited, execed, jumped, returned, skipped
    *step = 0; // hit: killed, exited, execed, jumped, returned, skipped
    *step = 1; // hit: killed, exited, execed, jumped, returned, skipped
    __asm__ volatile("mov %0, %%rsi\n mov %1, %%rcx\n movl $2, (%2)\n rep lodsb" // hit: killed, exited, execed, jumped, returned, skipped
                     :: "r"(zeros), "r"(many), "r"(step) : "rsi", "rcx", "rax", "memory"); // none
    __asm__ volatile("nop\n nop\n nop"); // hit: returned, born
    *step = 3; // hit: returned, born, skipped
    *step = 4; // hit: returned, born, skipped
} // hit: returned, born, skipped

static void *lingers(void *none) { // hit: exited, execed
    linger(); // hit: exited, execed
    return none; // miss
} // miss

static void wait_for(int until) { // hit: parent, exited, execed
    while (*step < until) sched_yield(); // hit: parent, exited, execed
} // hit: parent, exited, execed

static void jump(int signal) { // hit: jumped
    (void)signal; // none
    siglongjmp(back, 1); // hit: jumped
}

static void skip(int signal, siginfo_t *info, void *context) { // hit: skipped
    (void)signal, (void)info; // none
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2 + 3; // hit: skipped
} // hit: skipped

static void let_return(int signal, siginfo_t *info, void *context) { // hit: returned
    (void)signal, (void)info; // none
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RCX] = 1; // hit: returned
    pid_t child = fork(); // hit: returned
    if (child == 0) // hit: returned, born
        role("born"); // hit: born
    else
        waitpid(child, NULL, 0); // hit: returned
} // hit: returned, born

static void thread_lingers(void) { // hit: exited, execed
    pthread_t thread; // none
    pthread_create(&thread, NULL, lingers, NULL); // hit: exited, execed
    wait_for(2); // hit: exited, execed
} // hit: exited, execed

static void be(const char *who, char *self) { // hit: killed, exited, execed, jumped, skipped, returned
    struct sigaction action = {.sa_flags = SA_SIGINFO}; // hit: killed, exited, execed, jumped, skipped, returned
    role(who); // hit: killed, exited, execed, jumped, skipped, returned
    if (!strcmp(who, "exited")) { // hit: killed, exited, execed, jumped, skipped, returned
        thread_lingers(); // hit: exited
        _exit(0); // hit: exited
    }
    if (!strcmp(who, "execed")) { // hit: killed, execed, jumped, skipped, returned
        thread_lingers(); // hit: execed
        execl(self, self, "again", NULL); // hit: execed
    }
    if (!strcmp(who, "jumped")) // hit: killed, jumped, skipped, returned
        signal(SIGUSR1, jump); // hit: jumped
    if (!strcmp(who, "skipped")) { // hit: killed, jumped, skipped, returned
        action.sa_sigaction = skip; // hit: skipped
        sigaction(SIGUSR1, &action, NULL); // hit: skipped
    }
    if (!strcmp(who, "returned")) { // hit: killed, jumped, skipped, returned
        action.sa_sigaction = let_return; // hit: returned
        sigaction(SIGUSR1, &action, NULL); // hit: returned
    }
    if (sigsetjmp(back, 1) == 0) // hit: killed, jumped, skipped, returned
        linger(); // hit: killed, jumped, skipped, returned
    _exit(0); // hit: jumped, skipped, returned, born
}

static void make(const char *who, char *self, int signal) { // hit: parent
    int status; // none
    *step = 0; // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) // hit: parent, killed, exited, execed, jumped, skipped, returned
        be(who, self); // hit: killed, exited, execed, jumped, skipped, returned
    if (signal) { // hit: parent
        wait_for(2); // hit: parent
        kill(child, signal); // hit: parent
    }
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "%s: %#x\n", who, status); // hit: parent
} // hit: parent

int main(int count, char **arguments) { // hit: parent, execed
    if (count > 1) { // hit: parent, execed
        role("execed"); // hit: execed
        return 0; // hit: execed
    }
    role("parent"); // hit: parent
    step = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); // hit: parent
    zeros = mmap(NULL, 1UL << 40, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); // hit: parent
    if (step == MAP_FAILED || zeros == MAP_FAILED) // hit: parent
        return 1; // miss
    make("killed", arguments[0], SIGKILL); // hit: parent
    make("exited", arguments[0], 0); // hit: parent
    make("execed", arguments[0], 0); // hit: parent
    make("jumped", arguments[0], SIGUSR1); // hit: parent
    make("skipped", arguments[0], SIGUSR1); // hit: parent
    make("returned", arguments[0], SIGUSR1); // hit: parent
    return 0; // hit: parent
} // hit: parent, execed
