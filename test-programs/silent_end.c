// A program without lines, whose tasks end without a stop, opens a library in a forked child, and in a process that
// has a thread already: they are killed, or ended by another thread, within a block of the library.
// also-compile-plain: helpers/opens_late.c -> opens_late
// library: libraries/lingers.c -> liblingers.so
// processes: 3
// tree: parent > killed, parent > exited
// ends: killed = SIGKILL
// compile: -pthread
#include <unistd.h>
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    execl("./opens_late", "opens_late", NULL); // hit: parent
    return 1; // miss
} // miss
