// Rows without an instruction. At -Og, GCC leaves such a row of `mark(1)` where the branches of the `if` join, so that
// all tasks come to its address.
// processes: 2
// tree: parent > child
// ends: child = 3
// variant: debuggable: -Og
// variant: plain: -O0
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

__attribute__((noinline)) static void mark(int n) { __asm__ volatile("" : : "r"(n) : "memory"); } // hit: parent, child
static volatile int sink; // none

__attribute__((noinline)) static int f(int x) {
    int s = x;
    if ((s ^ x) & 5 || x > 7) { // hit: parent, child
        mark(1); s += 8; // hit: child
    } else {
        mark(2); s -= 4; // hit: parent
    }
    switch (x & 3) { // hit: parent, child
    case 0: mark(3); break; // hit: child
    case 1: mark(4); break; // hit: parent
    case 2: mark(5); break; // miss
    }
    return s;
}

int main(void) {
    role("parent"); // hit: parent
    sink = f(1); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        sink = f(8); // hit: child
        exit(3); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0;
}
