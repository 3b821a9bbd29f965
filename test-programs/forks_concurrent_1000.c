// A thousand children, all alive at once, wait for one end of file.
// processes: 1001
// tree: parent > worker
// no-oracle: a thousand processes, stepped
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int work(int n) { // hit: worker
    if (n % 2) // hit: worker
        return 1; // hit: odd
    return 0; // hit: even
} // hit: worker

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int gate[2], ready[2]; // none
    if (pipe(gate) || pipe(ready)) // hit: parent
        return 1; // miss
    for (int i = 0; i < 1000; i++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child < 0) // hit: parent, worker
            return 1; // miss
        if (child == 0) { // hit: parent, worker
            role("worker"); // hit: worker
            role(i % 2 ? "odd" : "even"); // hit: worker
            char byte = 0; // hit: worker
            close(gate[1]); // hit: worker
            if (write(ready[1], &byte, 1) != 1) // hit: worker
                _exit(1); // miss
            while (read(gate[0], &byte, 1) > 0) // hit: worker
                ; // none
            _exit(work(i)); // hit: worker
        }
    }
    for (int i = 0; i < 1000; i++) { // hit: parent
        char byte; // none
        if (read(ready[0], &byte, 1) != 1) // hit: parent
            return 1; // miss
    }
    close(gate[1]); // hit: parent
    int sum = 0, count = 0, status; // hit: parent
    while (wait(&status) > 0) { // hit: parent
        count++; // hit: parent
        sum += WEXITSTATUS(status); // hit: parent
    }
    dprintf(1, "%d children, %d odd\n", count, sum); // hit: parent
    return 0; // hit: parent
} // hit: parent
