// A child ends by exit(): an atexit handler that its parent registered runs in both.
// processes: 2
// tree: parent > child
// ends: child = 3
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

static void goodbye(void) { // hit: parent, child
    role("said goodbye"); // hit: parent, child
} // hit: parent, child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    atexit(goodbye); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        exit(3); // hit: child
    }
    if (child < 0) // hit: parent
        return 1; // miss
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
} // hit: parent
