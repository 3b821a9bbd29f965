// Each of fifty processes forks the next one and ends without waiting for it.
// processes: 51
// exit: 3
// ends: last = 7
#include <stdio.h>
#include "role.h"

static int last(int n) { // hit: last
    dprintf(1, "link %d\n", n); // hit: last
    return 7; // hit: last
} // hit: last

int main(void) { // hit: parent
    role("parent"); // hit: parent
    for (int n = 1; n <= 50; n++) { // hit: parent, link
        if (fork()) // hit: parent, link
            _exit(3); // hit: parent, early
        role("link"); // hit: link
        role(n < 50 ? "early" : "last"); // hit: link
    }
    return last(50); // hit: last
} // hit: last
