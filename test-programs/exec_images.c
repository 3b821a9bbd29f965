// Children execute the program again and again: at addresses that differ, and at addresses that do not. Each image runs lines
// of its own, returns to its own code, and forks. What forkcov has prepared for one of them serves the next.
// processes: 19
// tree: parent > even, parent > odd, even > grandchild
// variant: plain: -O0
// variant: fixed: -O0 -no-pie -fno-pie
// variant: static: -O0 -static-pie
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include "role.h"

enum { IMAGES = 12 };

extern char __executable_start[], etext[];
static volatile int sum;

static __attribute__((noinline)) int is_called_from_here(void) { // hit: even, odd, grandchild
    const char *caller = __builtin_return_address(0); // hit: even, odd, grandchild
    return caller >= __executable_start && caller < etext; // hit: even, odd, grandchild
} // hit: even, odd, grandchild

static __attribute__((noinline)) int twice(int n) { // hit: even, odd, grandchild
    sum += n; // hit: even, odd, grandchild
    return is_called_from_here() ? 2 * n : -1; // hit: even, odd, grandchild
} // hit: even, odd, grandchild

static __attribute__((noinline)) int thrice(int n) { // hit: odd
    if (n > 100) // hit: odd
        return 0; // miss
    sum += n; // hit: odd
    return is_called_from_here() ? 3 * n : -1; // hit: odd
} // hit: odd

static int (*volatile functions[])(int) = {twice, thrice};

static int image(int n) { // hit: even, odd
    role(n % 2 ? "odd" : "even"); // hit: even, odd
    if (n % 2) // hit: even, odd
        return functions[1](n) == 3 * n && functions[0](n) == 2 * n && sum == 2 * n ? 0 : 1; // hit: odd
    if (functions[0](n) != 2 * n) // hit: even
        return 1; // miss
    pid_t child = fork(); // hit: even
    if (child == 0) { // hit: even, grandchild
        role("grandchild"); // hit: grandchild
        _exit(functions[0](7) == 14 ? 0 : 1); // hit: grandchild
    }
    int status = 1; // hit: even
    waitpid(child, &status, 0); // hit: even
    return status; // hit: even
} // hit: even, odd

int main(int argc, char **argv) { // hit: parent, even, odd
    if (argc > 1) // hit: parent, even, odd
        return image(atoi(argv[1])); // hit: even, odd
    role("parent"); // hit: parent
    int failures = 0; // hit: parent
    for (int i = 0; i < IMAGES; i++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, even, odd
            char text[] = {(char)('0' + i % 10), 0}; // hit: even, odd
            personality(i % 4 < 2 ? ADDR_NO_RANDOMIZE : 0); // hit: even, odd
            execl("/proc/self/exe", argv[0], text, (char *)NULL); // hit: even, odd
            _exit(99); // miss
        }
        int status = 1; // hit: parent
        waitpid(child, &status, 0); // hit: parent
        failures += status != 0; // hit: parent
    }
    return failures; // hit: parent
} // hit: parent, even, odd
