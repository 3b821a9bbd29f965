// A program becomes another one that has debug information too: both images' lines are of the one process.
// also-compile: helpers/target.c -> target
// processes: 1
// exit: 5
// command: parent = target|target more|words
#include <stdio.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    dprintf(1, "before exec\n"); // hit: parent
    execl("./no-such-program", "no-such-program", (char *)NULL); // hit: parent
    execl("./target", "target", "target more", "words", (char *)NULL); // hit: parent
    return 1; // miss
} // miss
