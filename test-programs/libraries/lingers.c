// Reads zeros for minutes, in one instruction: after the second step, nothing else comes before the end.
#include "../role.h"

void linger(const char *name, volatile int *step, const char *zeros) { // hit: killed, exited
    unsigned long many = 1UL << 40; // hit: killed, exited
    role(name); // hit: killed, exited
    *step = 1; // hit: killed, exited
    __asm__ volatile("mov %0, %%rsi\n mov %1, %%rcx\n movl $2, (%2)\n rep lodsb" // hit: killed, exited
                     :: "r"(zeros), "r"(many), "r"(step) : "rsi", "rcx", "rax", "memory"); // none
    __asm__ volatile("nop\n nop\n nop"); // miss
    *step = 3; // miss
} // miss
