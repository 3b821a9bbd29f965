// Has no debug information: runs ./target in a child of its own, and gives its exit status.
#include <sys/wait.h>
#include "role.h"

int main(void) {
    role("plain");
    pid_t child = fork();
    if (child == 0) {
        role("child of plain");
        execl("./target", "target", "target", (char *)NULL);
        _exit(99);
    }
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}
