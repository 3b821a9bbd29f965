// forks [CODE]: a parent and a child, each with lines of its own; prints two lines and ends by CODE.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int in_child(void) {
    dprintf(1, "child\n"); // line 8: the child's
    return 0;
}

int main(int argc, char **argv) {
    if (fork() == 0)
        _exit(in_child());
    wait(NULL);
    dprintf(1, "parent\n"); // line 16: the parent's
    if (argc > 9)
        return 9; // line 18: not run
    return argc > 1 ? atoi(argv[1]) : 0;
}
