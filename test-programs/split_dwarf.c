// Debug information that is split: a .dwo file of each unit, or a package of them. Lines stay in the program.
// compile: -gsplit-dwarf
// variant: dwarf-4: -gdwarf-4
// variant: dwarf-5: -gdwarf-5
// variant: package: -gdwarf-4
// variant: missing: -gdwarf-5
// after-build@package: dwp -e split_dwarf && rm split_dwarf.dwo
// after-build@missing: rm split_dwarf.dwo
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
