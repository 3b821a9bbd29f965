// The first process is stopped by its child, which then runs new lines, forks, and lets it go on: of a stop that is not
// the whole job's nobody else takes notice.
// timed-branches: it waits for its parent in a loop
// processes: 3
// tree: parent > child, child > grandchild
// ends: child = 6
// ends: grandchild = 3
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "asleep.h"
#include "role.h"

static volatile sig_atomic_t continued;

static void goes_on(int signal) { // hit: parent
    (void)signal;
    continued++; // hit: parent
} // hit: parent

static int twice(int n) { // hit: child
    return n * 2; // hit: child
} // hit: child

static int while_it_is_stopped(void) { // hit: child
    role("child"); // hit: child
    pid_t parent = getppid(); // hit: child
    kill(parent, SIGSTOP); // hit: child
    // A tracer shows as t.
    while (state_of(parent) != 'T' && state_of(parent) != 't' && usleep(1000) == 0) // hit: child
        ;
    pid_t child = fork(); // hit: child
    if (child == 0) { // hit: child, grandchild
        role("grandchild"); // hit: grandchild
        _exit(3); // hit: grandchild
    }
    int status;
    waitpid(child, &status, 0); // hit: child
    kill(parent, SIGCONT); // hit: child
    return twice(WEXITSTATUS(status)); // hit: child
} // hit: child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    signal(SIGCONT, goes_on); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) // hit: parent, child
        _exit(while_it_is_stopped()); // hit: child
    int status;
    while (waitpid(child, &status, 0) != child) // hit: parent
        ;
    dprintf(1, "status %d, continued %d\n", WEXITSTATUS(status), continued); // hit: parent
    return 0; // hit: parent
} // hit: parent
