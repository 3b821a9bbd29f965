// Code that a self-counting process runs out of line. Whatever interrupts that, the program sees its own code and no other: in
// the context of a signal, in return addresses, after a jump out of a handler. The instructions that are interrupted begin
// the last lines of their blocks: these run out of line. What comes after many rounds is seen.
// processes: 21
// tree: parent > child
// no-oracle: it runs until it has been interrupted
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include "role.h"

enum { CHILDREN = 20, SIZE = 1 << 22 };

extern char __executable_start[], etext[];
static char memory[SIZE], *page;
static volatile int interrupted, elsewhere, faults, jumps;
static volatile unsigned sum;
static sigjmp_buf out;

static int is_elsewhere(const void *address) { // hit: parent, child
    return (const char *)address < __executable_start || (const char *)address >= etext; // hit: parent, child
} // hit: parent, child

static void handler(int signal, siginfo_t *info, void *context) { // hit: child
    unsigned long counter = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP]; // hit: child
    if (signal == SIGALRM) { // hit: child
        interrupted += !is_elsewhere((void *)counter); // hit: child
        return; // hit: child
    }
    elsewhere += is_elsewhere((void *)counter); // hit: child
    if (signal == SIGFPE) // hit: child
        elsewhere += info->si_addr != (void *)counter; // hit: child
    faults++; // hit: child
    if (jumps || signal == SIGFPE) // hit: child
        siglongjmp(out, 1); // hit: child
    mprotect(page, 4096, PROT_READ | PROT_WRITE); // hit: child
} // hit: child

static void fill(void) { // hit: child
    __asm__ volatile("mov %0, %%rdi\n mov %1, %%rcx\n xor %%eax, %%eax" ::"r"(memory), "r"(SIZE + 0L) : "rdi", "rcx", "rax"); // hit: child
    __asm__ volatile("rep stosb\n nop\n nop\n nop\n jmp 1f\n 1:" ::: "rdi", "rcx", "memory"); // hit: child
} // hit: child

static void store(void) { // hit: child
    __asm__ volatile("mov %0, %%rdi" ::"r"(page) : "rdi"); // hit: child
    __asm__ volatile("movb $1, (%%rdi)\n nop\n nop\n jmp 1f\n 1:" ::: "memory"); // hit: child
} // hit: child

static void store_in_vain(void) { // hit: child
    __asm__ volatile("mov %0, %%rdi" ::"r"(page) : "rdi"); // hit: child
    __asm__ volatile("movb $2, (%%rdi)\n nop\n nop\n jmp 1f\n 1:" ::: "memory"); // hit: child
    sum++; // miss
} // miss

// What counts stands before the comparison here, since the jump looks at flags.
static void compare_in_vain(void) { // hit: child
    __asm__ volatile("mov %0, %%rdi" ::"r"(page) : "rdi"); // hit: child
    __asm__ volatile("cmp %%eax, %%eax\n movb $3, (%%rdi)" ::: "memory", "cc"); // hit: child
    __asm__ volatile("je 1f\n 1:"); // miss
    sum++; // miss
} // miss

static void divide(void) { // hit: child
    __asm__ volatile("xor %%ecx, %%ecx\n mov $1, %%eax" ::: "rax", "rcx", "cc"); // hit: child
    __asm__ volatile("divl %%ecx\n nop\n nop\n nop\n jmp 1f\n 1:" ::: "rax", "rdx", "cc"); // hit: child
    sum++; // miss
} // miss

static __attribute__((noinline)) unsigned called(unsigned n) { // hit: parent, child
    elsewhere += is_elsewhere(__builtin_return_address(0)); // hit: parent, child
    return n * 3; // hit: parent, child
} // hit: parent, child

static unsigned (*volatile pointer)(unsigned) = called;

static unsigned turn(unsigned n) { // hit: parent, child
    unsigned got = n & 1 ? called(n) : pointer(n + 1); // hit: parent, child
    if (n % 5 == 0) // hit: parent, child
        got ^= n >> 2; // hit: parent, child
    switch (n % 9) { // hit: parent, child
    case 0: got += 1; break; // hit: parent, child
    case 3: got -= 5; break; // hit: parent, child
    default: got *= 5; // hit: parent, child
    }
    return got; // hit: parent, child
} // hit: parent, child

static void turns(void) { // hit: parent, child
    for (unsigned n = 0; n < 40000; n++) { // hit: parent, child
        sum += turn(n); // hit: parent, child
        if (n == 39999) // hit: parent, child
            sum++; // hit: parent, child
    }
} // hit: parent, child

static void interrupted_child(void) { // hit: child
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER}; // hit: child
    struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}}; // hit: child
    sigaction(SIGALRM, &action, NULL); // hit: child
    sigaction(SIGSEGV, &action, NULL); // hit: child
    sigaction(SIGFPE, &action, NULL); // hit: child
    setitimer(ITIMER_REAL, &often, NULL); // hit: child
    do
        fill(); // hit: child
    while (interrupted < 3); // hit: child
    setitimer(ITIMER_REAL, &never, NULL); // hit: child
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); // hit: child
    store(); // hit: child
    mprotect(page, 4096, PROT_NONE); // hit: child
    jumps = 1; // hit: child
    if (sigsetjmp(out, 1) == 0) // hit: child
        store_in_vain(); // hit: child
    if (sigsetjmp(out, 1) == 0) // hit: child
        compare_in_vain(); // hit: child
    if (sigsetjmp(out, 1) == 0) // hit: child
        divide(); // hit: child
    turns(); // hit: child
    _exit(faults * 10 + elsewhere); // hit: child
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    turns(); // hit: parent
    int all = 0, status; // hit: parent
    for (int n = 0; n < CHILDREN; n++) { // hit: parent
        if (fork() == 0) { // hit: parent, child
            role("child"); // hit: child
            interrupted_child(); // hit: child
        }
        wait(&status); // hit: parent
        all += WIFEXITED(status) && WEXITSTATUS(status) == 40; // hit: parent
    }
    printf("%d as they should, %d elsewhere, sum %u\n", all, elsewhere, sum); // hit: parent
    return 0; // hit: parent
} // hit: parent
