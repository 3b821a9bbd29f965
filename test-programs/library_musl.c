// musl's dynamic linker: a library linked, and one opened, which it never closes again.
// compiler: musl-gcc
// library: libraries/linked.c -> liblinked.so
// library: libraries/plugin.c -> libplugin.so
// links: liblinked.so
// other-sources: musl's start files have debug information
// processes: 2
// tree: parent > child
#include <sys/wait.h>
#include "libraries/open.h"
#include "role.h"

int linked_sum(int n);
int linked_count(void);

int main(void) { // hit: parent
    role("parent"); // hit: parent
    role("program"); // hit: parent
    role("sums"); // hit: parent
    linked_sum(2); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        role("opener"); // hit: child
        role("counts"); // hit: child
        linked_count(); // hit: child
        void *plugin = open_library("./libplugin.so"); // hit: child
        role("second"); // hit: child
        _exit(call(plugin, "plugin_second", 3)); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    role("polite"); // hit: parent
    return WEXITSTATUS(status) == 46 ? 0 : 1; // hit: parent
} // hit: parent
