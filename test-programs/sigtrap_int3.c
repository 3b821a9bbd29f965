// The program's own int3 as the first instruction of a line, and in the middle of one: its handler sees each of them,
// with the PC behind it.
// processes: 1
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
#include "role.h"

static volatile int traps, kernel, behind; // none

static void trapped(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal; // none
    const unsigned char *pc = (void *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP]; // hit: parent
    traps++; // hit: parent
    kernel += info->si_code == SI_KERNEL; // hit: parent
    behind += pc[-1] == 0xcc; // hit: parent
} // hit: parent

static void stops(void) { // hit: parent
    __asm__ volatile("int3"); // hit: parent
    __asm__ volatile("nop; int3; nop"); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER}; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    for (int i = 0; i < 3; i++) // hit: parent
        stops(); // hit: parent
    dprintf(1, "traps %d, from the kernel %d, behind an int3 %d\n", traps, kernel, behind); // hit: parent
    return 0; // hit: parent
} // hit: parent
