// The same library in two namespaces of the dynamic linker: twice in the address space, once in the report.
// library: libraries/plugin.c -> libplugin.so
// processes: 2
// tree: parent > child
#define _GNU_SOURCE
#include <sys/wait.h>
#include "libraries/open.h"
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    role("opener"); // hit: parent
    void *here = open_library("./libplugin.so"); // hit: parent
    void *apart = must(dlmopen(LM_ID_NEWLM, "./libplugin.so", RTLD_NOW)); // hit: parent
    printf("two copies: %d\n", must(dlsym(here, "plugin_first")) != must(dlsym(apart, "plugin_first"))); // hit: parent
    fflush(stdout); // hit: parent
    role("first"); // hit: parent
    call(here, "plugin_first", 1); // hit: parent
    if (fork() == 0) { // hit: parent, child
        role("child"); // hit: child
        role("second"); // hit: child
        _exit(call(apart, "plugin_second", 1) == 41 ? 0 : 1); // hit: child
    }
    int status; // none
    wait(&status); // hit: parent
    role("closer"); // hit: parent
    dlclose(apart); // hit: parent
    dlclose(here); // hit: parent
    return WEXITSTATUS(status); // hit: parent
} // hit: parent
