// Faults of each kind, with the code and the address that the handler is given. It mends the cause (a page's
// protection, a file's length, a register) and the same line continues, or jumps out.
// processes: 1
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "role.h"

static char *page;
static int file;
static sigjmp_buf out;
static volatile int jumps, faults;
void bad(void);

static void handler(int signal, siginfo_t *info, void *context) { // hit: parent
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs; // hit: parent
    dprintf(1, "signal %d, code %d, ", signal, info->si_code); // hit: parent
    faults++; // hit: parent
    if (jumps) { // hit: parent
        dprintf(1, "address %p\n", signal == SIGSEGV ? info->si_addr : NULL); // hit: parent
        siglongjmp(out, 1); // hit: parent
    }
    if (signal == SIGSEGV) { // hit: parent
        dprintf(1, "offset %td\n", (char *)info->si_addr - page); // hit: parent
        mprotect(page, 4096, PROT_READ | PROT_WRITE); // hit: parent
    } else if (signal == SIGBUS) { // hit: parent
        dprintf(1, "offset %td\n", (char *)info->si_addr - page); // hit: parent
        if (ftruncate(file, 4096)) // hit: parent
            _exit(3); // miss
    } else {
        dprintf(1, "at the counter %d\n", info->si_addr == (void *)registers[REG_RIP]); // hit: parent
        registers[REG_RIP] += 2; // hit: parent
    }
} // hit: parent

static int divided(int by) { // hit: parent
    int quotient = 7; // hit: parent
    __asm__ volatile("cltd; idivl %1" : "+a"(quotient) : "r"(by) : "edx", "cc"); // hit: parent
    return quotient; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}; // hit: parent
    int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL}; // hit: parent
    for (int i = 0; i < 4; i++) // hit: parent
        sigaction(signals[i], &action, NULL); // hit: parent
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); // hit: parent
    page[17] = 1; // hit: parent
    dprintf(1, "written %d\n", page[17]); // hit: parent
    file = memfd_create("short", 0); // hit: parent
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0); // hit: parent
    page[33] = 2; // hit: parent
    dprintf(1, "written %d\n", page[33]); // hit: parent
    dprintf(1, "divided %d\n", divided(0)); // hit: parent
    __asm__ volatile("ud2"); // hit: parent
    dprintf(1, "behind ud2\n"); // hit: parent
    jumps = 1; // hit: parent
    if (sigsetjmp(out, 1) == 0) // hit: parent
        *(volatile int *)16 = 1; // hit: parent
    if (sigsetjmp(out, 1) == 0) // hit: parent
        __asm__ volatile("ud2"); // hit: parent
    if (sigsetjmp(out, 1) == 0) // hit: parent
        ((void (*)(void))24)(); // hit: parent
    if (sigsetjmp(out, 1) == 0) // hit: parent
        __asm__ volatile("movl 0x8000000000000000, %%eax" ::: "eax"); // hit: parent
    dprintf(1, "faults %d\n", faults); // hit: parent
    return 0; // hit: parent
} // hit: parent
