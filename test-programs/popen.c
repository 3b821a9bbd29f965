// popen() for reading, with the lines of the program at the other end.
// also-compile: helpers/target.c -> target
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    char line[100]; // none
    FILE *pipe = popen("./target target", "r"); // hit: parent
    if (!pipe) // hit: parent
        return 1; // miss
    while (fgets(line, sizeof line, pipe)) // hit: parent
        dprintf(1, "read: %s", line); // hit: parent
    int status = pclose(pipe); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
