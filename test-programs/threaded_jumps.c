// A statement whose row is on one way only. At -O2, GCC lets `flag` decide once where it is tested twice: the row of
// `waits = 1` stays on the way from `flush`, and its instruction is at the end of the function.
// processes: 2
// tree: parent > child
// ends: child = 3
// variant: optimised: -O2
// variant: plain: -O0
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

static volatile unsigned long limit = 5; // none
static volatile unsigned start, ahead; // none
int flag, flushed; // none
__attribute__((noinline)) void roll(unsigned by) { start += by; } // hit: child
__attribute__((noinline)) void flush(void) { flushed++; } // miss

__attribute__((noinline)) int loop(int n) {
    int waits = 0;
    while (n-- > 0) { // hit: parent, child
        if (waits) {
            flush();
            waits = 0;
        } else {
            if (flag && start > limit) { // hit: parent, child
                limit = 0xffffffff; // miss
                flush(); // miss
            }
            waits = 1; // hit: parent, child
            if (flag)
                roll(1); // hit: child
            start++; // hit: parent, child
            ahead--; // hit: parent, child
        }
    }
    return waits;
}

int main(void) {
    role("parent"); // hit: parent
    if (!loop(1)) // hit: parent
        return 1;
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        flag = 1; // hit: child
        loop(1); // hit: child
        exit(3); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0;
}
