// vfork and exec, again and again: the parent's own lines after it stay known.
// also-compile: helpers/target.c -> target
// processes: 4
// tree: parent > target
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static void report(int status) { // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    for (int i = 0; i < 3; i++) { // hit: parent
        pid_t child = vfork(); // hit: parent
        if (child == 0) { // hit: parent, target
            execl("./target", "target", "target", (char *)NULL); // hit: target
            _exit(99); // miss
        }
        int status; // none
        waitpid(child, &status, 0); // hit: parent
        report(status); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
