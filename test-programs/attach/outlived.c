// Ends before its child, which works on: lines of the child count until then, and the child is not harmed.
// The child waits for its standard input, which is a pipe that the test holds.
#include "attach.h"

static int with_parent(int n) { // hit: child
    return n + 1; // hit: child
} // hit: child

static int alone(int n) { // miss
    return n + 2; // miss
} // miss

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int done[2]; // none
    if (pipe(done)) // hit: parent
        return 95; // miss
    if (fork() == 0) { // hit: parent, child
        role("child"); // hit: child
        int n = with_parent(1); // hit: child
        write(done[1], "x", 1); // hit: child
        at("outlived");
        printf("works on: %d\n", alone(n)); // miss
        return 0; // miss
    }
    char byte; // none
    if (read(done[0], &byte, 1) != 1) // hit: parent
        return 94; // miss
    return 5; // hit: parent
} // hit: parent
