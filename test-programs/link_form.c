// One forking program, linked in every way that puts it at another kind of address.
// also-compile: helpers/target.c -> target
// variant: pie: -pie -fPIE
// variant: no-pie: -no-pie -fno-pie
// variant: static: -static
// variant: static-pie: -static-pie -fPIE
// variant: bind-now: -Wl,-z,now,-z,relro
// variant: no-build-id: -Wl,--build-id=none
// variant: one-segment: -Wl,-z,noseparate-code
// processes: 3
// tree: parent > child, parent > target
// ends: child = 20
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "role.h"

static int work(int n) { // hit: parent, child
    return n * 2; // hit: parent, child
} // hit: parent, child

static int data = 10; // none

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        exit(work(data)); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    printf("%d\n", WEXITSTATUS(status) + work(1)); // hit: parent
    fflush(stdout); // hit: parent
    child = fork(); // hit: parent
    if (child == 0) { // hit: parent, target
        execl("./target", "target", "target", (char *)NULL); // hit: target
        _exit(99); // miss
    }
    waitpid(child, &status, 0); // hit: parent
    printf("%d\n", WEXITSTATUS(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
