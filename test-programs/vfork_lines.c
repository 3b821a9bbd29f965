// The child of a vfork runs lines in its parent's memory and ends by _exit; then the parent runs the same ones.
// A second one runs lines that the parent had already run.
// processes: 3
// tree: parent > child, parent > child 2
// ends: child = 4
// ends: child 2 = 6
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile int counter; // none

static int both(int n) { // hit: parent, child, child 2
    counter++; // hit: parent, child, child 2
    return n * 2; // hit: parent, child, child 2
} // hit: parent, child, child 2

static int child_only(int n) { // hit: child
    return n; // hit: child
} // hit: child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = vfork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(both(child_only(2))); // hit: child
    }
    both(3); // hit: parent
    pid_t child2 = vfork(); // hit: parent
    if (child2 == 0) { // hit: parent, child 2
        role("child 2"); // hit: child 2
        _exit(both(3)); // hit: child 2
    }
    while (wait(NULL) > 0) // hit: parent
        ; // none
    dprintf(1, "counter %d\n", counter); // hit: parent
    return 0; // hit: parent
} // hit: parent
