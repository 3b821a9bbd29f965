// Standard input is the program's: the parent reads one line of it, a child the rest.
// stdin: first\nsecond\nthird\n
// processes: 2
// tree: parent > child
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int line(const char *who) { // hit: parent, child
    char text[100]; // none
    int length = 0; // hit: parent, child
    while (read(0, text + length, 1) == 1) // hit: parent, child
        if (text[length++] == '\n') // hit: parent, child
            break; // hit: parent, child
    dprintf(1, "%s: %.*s", who, length, text); // hit: parent, child
    return length; // hit: parent, child
} // hit: parent, child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    line("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        while (line("child")) // hit: child
            ; // none
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return 0; // hit: parent
} // hit: parent
