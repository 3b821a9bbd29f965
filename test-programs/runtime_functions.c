// Functions that are known by their names, as Go's runtime has them: a caller is continued at its call of one, and not
// at the line before; and another keeps the processor's flags for its caller.
// processes: 2
// tree: parent > child
// compile: -O2
// variant: fixed: -no-pie
// variant: plain:
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "role.h"

int is_recovering; // none
static volatile int number; // none

// The first one remembers where it was called, as the other leaves its caller for that place.
__asm__( // none
    ".globl \"runtime.deferreturn\", recover, \"runtime.duffzero\"\n"
    ".type \"runtime.deferreturn\", @function\n"
    "\"runtime.deferreturn\": mov (%rsp), %rax; sub $5, %rax; mov %rax, resumed(%rip); ret\n"
    ".size \"runtime.deferreturn\", . - \"runtime.deferreturn\"\n"
    ".type recover, @function\n"
    "recover: cmpl $0, is_recovering(%rip); je 1f; add $8, %rsp; jmp *resumed(%rip); 1: ret\n"
    ".size recover, . - recover\n"
    ".type \"runtime.duffzero\", @function\n"
    "\"runtime.duffzero\": nop; nop; nop; ret\n"
    ".size \"runtime.duffzero\", . - \"runtime.duffzero\"\n"
    ".bss\nresumed: .quad 0\n.text\n");

__attribute__((noinline)) static void runs(void) {
    __asm__ volatile("sub $128, %%rsp; call recover" ::: "rax", "memory", "cc"); // hit: parent, child
    __asm__ volatile("incl %0" : "+m"(number)); // hit: parent
    __asm__ volatile("call \"runtime.deferreturn\"; add $128, %%rsp" ::: "rax", "memory", "cc"); // hit: parent, child
}

__attribute__((noinline)) static int is_less(long a, long b) { // hit: parent
    unsigned char is;
    __asm__ volatile("sub $128, %%rsp; cmp %1, %0" :: "r"(a), "r"(b)); // hit: parent
    __asm__ volatile("call \"runtime.duffzero\"+1"); // hit: parent
    __asm__ volatile("setg %0; lea 128(%%rsp), %%rsp" : "=r"(is)); // hit: parent
    return is; // hit: parent
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    for (int i = 0; i < 100; i++) { // hit: parent
        runs(); // hit: parent
        number += is_less(i, 50); // hit: parent
    }
    fflush(stdout); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        is_recovering = 1; // hit: child
        runs(); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    printf("%d\n", number); // hit: parent
    return 0; // hit: parent
}
