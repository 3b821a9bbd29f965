// Children run lines that their parent had already run before the fork, and lines that it runs after.
// processes: 3
// tree: parent > child, parent > child 2
#include <sys/wait.h>
#include "role.h"

static int before(int n) { // hit: parent, child
    if (n > 100) // hit: parent, child
        return 0; // miss
    return n * 2; // hit: parent, child
} // hit: parent, child

static int after(int n) { // hit: parent, child, child 2
    return n * 3; // hit: parent, child, child 2
} // hit: parent, child, child 2

static int only_before(int n) { // hit: parent
    return n * 4; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int sum = before(1) + only_before(1); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        sum += before(2); // hit: child
        sum += after(2); // hit: child
        _exit(sum == 16 ? 0 : 1); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    sum += after(1); // hit: parent
    pid_t child2 = fork(); // hit: parent
    if (child2 == 0) { // hit: parent, child 2
        role("child 2"); // hit: child 2
        _exit(after(0)); // hit: child 2
    }
    waitpid(child2, NULL, 0); // hit: parent
    return sum == 9 ? 0 : 1; // hit: parent
} // hit: parent
