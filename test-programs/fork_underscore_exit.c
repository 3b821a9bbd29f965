// A child ends by _exit(), which runs no atexit handler and flushes nothing.
// processes: 2
// tree: parent > child
// ends: child = 200
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

static void goodbye(void) { // hit: parent
    role("said goodbye"); // hit: parent
} // hit: parent

static int work(int n) { // hit: child
    int sum = 0; // hit: child
    for (int i = 0; i < n; i++) // hit: child
        sum += i; // hit: child
    return sum; // hit: child
} // hit: child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    atexit(goodbye); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        int sum = work(10); // hit: child
        if (sum != 45) // hit: child
            _exit(1); // miss
        _exit(200); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
} // hit: parent
