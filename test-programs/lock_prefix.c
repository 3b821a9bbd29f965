// A lock prefix with a line row between it and its instruction: such a row is no site, and the instruction is whole.
// processes: 2
// tree: parent > child
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int count; // none

static void increment(void) { // hit: parent, child
    __asm__ volatile("lock incl %0" : "+m"(count)); // hit: parent, child
    __asm__ volatile("lock\n\t.loc 1 13 1\n\tincl %0" : "+m"(count)); // hit: parent, child
    // The asm above puts a row for this line behind its prefix. // none
} // hit: parent, child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    increment(); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        increment(); // hit: child
        _exit(count); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "%d %d\n", count, WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
