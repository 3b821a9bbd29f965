// A function that the linker drops has no executable line, and takes none from others.
// compile: -ffunction-sections -Wl,--gc-sections
// variant: pie:
// variant: no-pie: -no-pie
// variant: dwarf-4: -gdwarf-4
// processes: 1
#include "role.h"

int dropped(int n) { // none
    if (n > 3) // none
        return 1; // none
    return n * 2; // none
} // none

int never(int n) { // miss
    return n - 1; // miss
} // miss

int kept(int n) { // hit: parent
    return n + 1; // hit: parent
} // hit: parent

int main(int argc, char **argv) { // hit: parent
    (void)argv; // none
    role("parent"); // hit: parent
    if (argc > 5) // hit: parent
        return never(argc); // miss
    return kept(-1); // hit: parent
} // hit: parent
