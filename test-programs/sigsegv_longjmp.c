// A SIGSEGV handler jumps out with siglongjmp, twice; the address of the fault is the program's own.
// processes: 1
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include "role.h"

static sigjmp_buf back; // none
static void *volatile fault; // none

static void crashed(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context; // none
    fault = info->si_addr; // hit: parent
    siglongjmp(back, 1); // hit: parent
}

static void touch(volatile char *where) { // hit: parent
    *where = 1; // hit: parent
    dprintf(1, "unreachable\n"); // miss
} // miss

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGSEGV, &action, NULL); // hit: parent
    for (long i = 1; i < 3; i++) { // hit: parent
        if (sigsetjmp(back, 1) == 0) // hit: parent
            touch((char *)(i * 16)); // hit: parent
        else
            dprintf(1, "fault at %p\n", fault); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
