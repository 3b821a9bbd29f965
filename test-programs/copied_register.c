// A copy of a register where a branch begins. At -Og, GCC gives it the line of the code before it, from which no task
// comes: the last line of the loop in the other branch.
// processes: 2
// tree: parent > child
// ends: child = 3
// variant: debuggable: -Og
// variant: plain: -O0
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

#define DONE(value) __asm__ volatile("nop" : "+r"(value))
__attribute__((noipa)) static unsigned draw(unsigned n) { static unsigned c; return c++ / 3 % n; } // hit: parent, child
__attribute__((noipa)) static void see(void) { __asm__ volatile("" : : : "memory"); } // hit: parent, child

__attribute__((noipa)) static unsigned f(unsigned key, unsigned x) { // hit: parent, child
    x ^= draw(89); // hit: parent, child
    DONE(x); // hit: parent, child
    if (key == 0) { // hit: parent, child
        see(); // hit: child
        x = x % 7 ? x / 3 : 94; DONE(x); // hit: child
        unsigned i = 0; DONE(i); // hit: child
        again: {
            if (draw(2) == 0) { // hit: child
                x ^= draw(74); DONE(x); // hit: child
            } else {
                x -= 77; DONE(x); // hit: child
                x += (x >> 3) + 27; DONE(x); // hit: child
            }
        } if (++i < 2) goto again; // hit: child
    } else {
        see(); // hit: parent
    }
    x = x % 7 ? x / 3 : 83; DONE(x); // hit: parent, child
    return x; // hit: parent, child
}

int main(void) {
    role("parent"); // hit: parent
    unsigned sum = f(1, 5); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        f(0, sum); // hit: child
        exit(3); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
}
