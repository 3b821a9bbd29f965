// A program execs itself twice, with other arguments; lines run again in the new image are known again.
// processes: 1
// exit: 2
// command: parent = exec_self 2
#include <stdio.h>
#include <stdlib.h>
#include "role.h"

static void first(void) { // hit: parent
    dprintf(1, "first\n"); // hit: parent
} // hit: parent

static void second(void) { // hit: parent
    dprintf(1, "second\n"); // hit: parent
} // hit: parent

static void third(void) { // hit: parent
    dprintf(1, "third\n"); // hit: parent
} // hit: parent

int main(int argc, char **argv) { // hit: parent
    role("parent"); // hit: parent
    int round = argc > 1 ? atoi(argv[1]) : 0; // hit: parent
    if (round == 0) { // hit: parent
        first(); // hit: parent
        execl("/proc/self/exe", "exec_self", "1", (char *)NULL); // hit: parent
    } else if (round == 1) { // hit: parent
        second(); // hit: parent
        execl("./exec_self", "exec_self", "2", (char *)NULL); // hit: parent
    } else {
        third(); // hit: parent
    }
    return round; // hit: parent
} // hit: parent
