// A child of vfork that shares its parent's memory when both are attached to.
#include <sys/wait.h>
#include "attach.h"

static int in_child(int n) { // hit: child
    return n + 1; // hit: child
} // hit: child

static int in_both(int n) { // hit: parent, child
    return n + 2; // hit: parent, child
} // hit: parent, child

int main(void) {
    role("parent");
    volatile int sum = 0;
    pid_t child = vfork();
    if (child == 0) {
        role("child");
        at("ready");
        sum = in_both(in_child(1)); // hit: child
        _exit(sum);
    }
    int status;
    waitpid(child, &status, 0); // hit: parent
    status += in_both(0) << 8; // hit: parent
    at("traced");
    printf("status %d\n", WEXITSTATUS(status));
    return 0;
}
