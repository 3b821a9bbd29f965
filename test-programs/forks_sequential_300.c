// Three hundred children, one after the other.
// processes: 301
// tree: parent > worker
// no-oracle: three hundred processes, stepped
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int work(int n) { // hit: worker
    int left = n % 3; // hit: worker
    if (left == 0) // hit: worker
        return 3; // hit: third
    return left; // hit: other
} // hit: worker

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int sum = 0, status; // hit: parent
    for (int i = 0; i < 300; i++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, worker
            role("worker"); // hit: worker
            role(i % 3 ? "other" : "third"); // hit: worker
            _exit(work(i)); // hit: worker
        }
        waitpid(child, &status, 0); // hit: parent
        sum += WEXITSTATUS(status); // hit: parent
    }
    dprintf(1, "sum %d\n", sum); // hit: parent
    return 0; // hit: parent
} // hit: parent
