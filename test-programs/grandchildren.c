// Two children, one of which has two children of its own, one of which has one.
// processes: 6
// tree: parent > child, parent > child 2, child 2 > child 2.1, child 2 > child 2.2, child 2.2 > child 2.2.1
// ends: child = 1
// ends: child 2 = 2
// ends: child 2.1 = 21
// ends: child 2.2 = 22
// ends: child 2.2.1 = 221
#include <sys/wait.h>
#include "role.h"

static int shared(int n) { // hit: child, child 2.1, child 2.2.1
    return n; // hit: child, child 2.1, child 2.2.1
} // hit: child, child 2.1, child 2.2.1

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t pid = fork(); // hit: parent
    if (pid == 0) { // hit: parent, child
        role("child"); // hit: child
        return shared(1); // hit: child
    }
    waitpid(pid, NULL, 0); // hit: parent
    pid = fork(); // hit: parent
    if (pid > 0) { // hit: parent, child 2
        waitpid(pid, NULL, 0); // hit: parent
        return 0; // hit: parent
    }
    role("child 2"); // hit: child 2
    pid = fork(); // hit: child 2
    if (pid == 0) { // hit: child 2, child 2.1
        role("child 2.1"); // hit: child 2.1
        return shared(21); // hit: child 2.1
    }
    waitpid(pid, NULL, 0); // hit: child 2
    pid = fork(); // hit: child 2
    if (pid > 0) { // hit: child 2, child 2.2
        waitpid(pid, NULL, 0); // hit: child 2
        return 2; // hit: child 2
    }
    role("child 2.2"); // hit: child 2.2
    pid = fork(); // hit: child 2.2
    if (pid == 0) { // hit: child 2.2, child 2.2.1
        role("child 2.2.1"); // hit: child 2.2.1
        return shared(221); // hit: child 2.2.1
    }
    waitpid(pid, NULL, 0); // hit: child 2.2
    return 22; // hit: child 2.2
} // hit: parent, child, child 2, child 2.1, child 2.2, child 2.2.1
