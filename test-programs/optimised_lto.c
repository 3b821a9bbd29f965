// -O3 with link-time optimisation, which merges the units.
// compile: -O3 -flto
// processes: 2
// tree: parent > child
// ends: child = 45
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile int zero, ten = 10; // none

static inline __attribute__((always_inline)) int add(int a, int b) {
    if (a < zero) // hit: parent, child
        a = -a;
    return a + b;
}

static __attribute__((noinline)) int sum(int n) {
    int total = 0;
    for (int i = 0; i < n; i++)
        total = add(total, i); // hit: child
    return total;
}

static __attribute__((noinline)) int twice(int n) {
    zero = 0; // hit: parent
    return add(n, n); // hit: parent
}

static __attribute__((noinline, cold)) int never(int n) {
    dprintf(2, "never %d\n", n); // miss
    return n;
}

int main(void) {
    role("parent"); // hit: parent
    if (ten > 100) // hit: parent
        return never(ten); // miss
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(sum(ten)); // hit: child
    }
    int status;
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "%d %d\n", WEXITSTATUS(status), twice(ten)); // hit: parent
    return 0;
}
