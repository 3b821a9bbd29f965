// A jump into the midst of a row: GCC ends a function with a row of several instructions, and jumps to any of them.
// compile: -O0
// processes: 2
// tree: parent > child
// ends: child = 3
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

static int x;

static int h(void) {
    return 3; // miss
}

__attribute__((noreturn)) static void g(void) {
    abort(); // miss
}

static void f(int a, int *p) { // hit: parent
    if (a && p) // hit: parent
        *p = 1; // hit: parent
    else if (a == 2 && p) // miss
        *p = 2; // miss
    else {
        if (p == 0) // miss
            g(); // miss
        else
            *p = h(); // miss
    }
} // hit: parent

static void count(int n) { // hit: parent, child
    while (n > 0) // hit: parent, child
        n--; // hit: parent, child
} // hit: parent, child

int main(void) {
    role("parent"); // hit: parent
    f(1, &x); // hit: parent
    count(2); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        count(1); // hit: child
        exit(3); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
}
