// 5,000 processes, one after another in eight lines of descent at once: more than there are descriptors or PIDs of four
// digits, and not one of them is lost, with the lines of its own.
// no-oracle: so many processes take too long step by step
// processes: 5009
// tree: parent > line, line > odd, line > even
// ends: odd = 1
// ends: even = 2
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

enum { LINES = 8, EACH = 625 };

static int odd(void) { // hit: odd
    return 1; // hit: odd
} // hit: odd

static int even(void) { // hit: even
    return 2; // hit: even
} // hit: even

static int runs(void) { // hit: line
    int sum = 0; // hit: line
    for (int i = 0; i < EACH; i++) { // hit: line
        pid_t child = fork(); // hit: line
        if (child == 0) { // hit: line, even, odd
            role(i % 2 ? "odd" : "even"); // hit: even, odd
            _exit(i % 2 ? odd() : even()); // hit: even, odd
        }
        int status;
        waitpid(child, &status, 0); // hit: line
        sum += WEXITSTATUS(status); // hit: line
    }
    return sum == EACH / 2 * 3 + 2; // hit: line
} // hit: line

int main(void) { // hit: parent
    role("parent"); // hit: parent
    for (int i = 0; i < LINES; i++) { // hit: parent
        if (fork() == 0) { // hit: parent, line
            role("line"); // hit: line
            _exit(runs()); // hit: line
        }
    }
    int status, good = 0; // hit: parent
    while (wait(&status) > 0) // hit: parent
        good += WEXITSTATUS(status); // hit: parent
    dprintf(1, "good %d\n", good); // hit: parent
    return 0; // hit: parent
} // hit: parent
