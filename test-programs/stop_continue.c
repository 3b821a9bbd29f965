// A parent watches its child stop and continue, twice, with WUNTRACED and WCONTINUED.
// processes: 2
// tree: parent > child
// ends: child = 7
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile int continued; // none

static void on_continue(int signal) { // hit: child
    (void)signal; // none
    continued++; // hit: child
} // hit: child

static int between(int n) { // hit: child
    return n + 1; // hit: child
} // hit: child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int seen[2]; // none
    if (pipe(seen)) // hit: parent
        return 1; // miss
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        signal(SIGCONT, on_continue); // hit: child
        raise(SIGSTOP); // hit: child
        char byte; // none
        // A second stop would hide the continuation from a parent that has not looked yet.
        int n = between((int)read(seen[0], &byte, 1)); // hit: child
        raise(SIGSTOP); // hit: child
        n += (int)read(seen[0], &byte, 1); // hit: child
        _exit(n + continued * 2); // hit: child
    }
    int status; // none
    for (int i = 0; i < 2; i++) { // hit: parent
        waitpid(child, &status, WUNTRACED); // hit: parent
        dprintf(1, "stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status)); // hit: parent
        kill(child, SIGCONT); // hit: parent
        waitpid(child, &status, WCONTINUED); // hit: parent
        dprintf(1, "continued %d\n", WIFCONTINUED(status)); // hit: parent
        if (write(seen[1], "x", 1) != 1) // hit: parent
            return 1; // miss
    }
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
