// A stripped program whose debug information is in a file beside it, and what several programs share in another one.
// compile: -Wl,--build-id
// variant: beside:
// variant: below:
// variant: compressed: -gz=zlib
// variant: shared: -gdwarf-4
// variant: shared-5: -gdwarf-5
// after-build@below: mkdir .debug
// after-build@shared: cp debug_file other && dwz -m shared debug_file other
// after-build@shared-5: cp debug_file other && dwz --dwarf-5 -m shared debug_file other
// after-build: objcopy --only-keep-debug debug_file debug_file.debug && strip debug_file
// after-build: objcopy --add-gnu-debuglink=debug_file.debug debug_file
// after-build@below: mv debug_file.debug .debug/debug_file.debug
// processes: 2
// tree: parent > child
// ends: child = 3
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int work(int n) { // hit: parent, child
    if (n == 1) { // hit: parent, child
        dprintf(1, "parent\n"); // hit: parent
        return 4; // hit: parent
    }
    return n; // hit: child
} // hit: parent, child

static int never(int n) { // miss
    return n + 1; // miss
} // miss

int main(int argc, char **argv) { // hit: parent
    (void)argv;
    role("parent"); // hit: parent
    if (argc > 9) // hit: parent
        return never(argc); // miss
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(work(3)); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return work(1) - 4; // hit: parent
} // hit: parent
