// The resolver of an indirect function runs inside dlopen(3), before the constructors.
// library: libraries/ifunc.c -> libifunc.so
// processes: 2
// tree: parent > child
#include <sys/wait.h>
#include "libraries/open.h"
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    role("opener"); // hit: parent
    void *library = open_library("./libifunc.so"); // hit: parent
    if (fork() == 0) { // hit: parent, child
        role("child"); // hit: child
        role("caller"); // hit: child
        _exit(call(library, "ifunc_call", 1) == 3 ? 0 : 1); // hit: child
    }
    int status; // none
    wait(&status); // hit: parent
    return WEXITSTATUS(status); // hit: parent
} // hit: parent
