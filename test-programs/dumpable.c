// Processes that are not to be looked into (PR_SET_DUMPABLE 0): their children, new lines and execs count as any
// other's, and what they see of the attribute is what they set.
// unprivileged: only root may look into them
// also-compile: helpers/target.c -> target
// processes: 4
// tree: parent > child, child > grandchild, child > target
// ends: target = 5
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "role.h"

static int both(int n) { // hit: child, grandchild
    return n + 1; // hit: child, grandchild
} // hit: child, grandchild

static int only_grandchild(int n) { // hit: grandchild
    return n * 2; // hit: grandchild
} // hit: grandchild

static int status_of(pid_t pid) { // hit: parent, child
    int status;
    waitpid(pid, &status, 0); // hit: parent, child
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1; // hit: parent, child
} // hit: parent, child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        int set = prctl(PR_SET_DUMPABLE, 0); // hit: child
        pid_t other = fork(); // hit: child
        if (other == 0) { // hit: child, grandchild
            role("grandchild"); // hit: grandchild
            int now = prctl(PR_GET_DUMPABLE); // hit: grandchild
            _exit(only_grandchild(both(1)) + now); // hit: grandchild
        }
        int sum = status_of(other); // hit: child
        other = fork(); // hit: child
        if (other == 0) { // hit: child, target
            role("target"); // hit: target
            execl("./target", "target", "target", (char *)NULL); // hit: target
            _exit(99); // miss
        }
        sum += status_of(other); // hit: child
        dprintf(1, "set %d, dumpable %d, sum %d\n", set, prctl(PR_GET_DUMPABLE), both(sum)); // hit: child
        _exit(0); // hit: child
    }
    dprintf(1, "status %d\n", status_of(child)); // hit: parent
    return 0; // hit: parent
} // hit: parent
