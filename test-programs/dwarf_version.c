// One forking program with each version and form of DWARF.
// variant: 2: -gdwarf-2 -gstrict-dwarf
// variant: 3: -gdwarf-3 -gstrict-dwarf
// variant: 4: -gdwarf-4
// variant: 5: -gdwarf-5
// variant: 64-bit: -gdwarf-5 -gdwarf64
// variant: compressed: -gz=zlib
// variant: lines-only: -g1
// variant: macros: -g3
// variant: no-views: -gno-variable-location-views -gno-column-info
// processes: 2
// tree: parent > child
#include <sys/wait.h>
#include "role.h"

static int work(int n) { // hit: parent, child
    if (n == 1) // hit: parent, child
        return 4; // hit: parent
    return n; // hit: child
} // hit: parent, child

static int unused(int n) { // miss
    return work(n) + 1; // miss
} // miss

int main(int argc, char **argv) { // hit: parent
    (void)argv; // none
    role("parent"); // hit: parent
    if (argc > 9) // hit: parent
        return unused(argc); // miss
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(work(0)); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return work(1) - 4; // hit: parent
} // hit: parent
