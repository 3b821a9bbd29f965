// Two children open the same plugin, which their parent never does, and each calls another function of it.
// library: libraries/plugin.c -> libplugin.so
// processes: 3
// tree: parent > first, parent > second
// ends: first = SIGKILL
// ends: second = 46
#include <signal.h>
#include <sys/wait.h>
#include "libraries/open.h"
#include "role.h"

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t first = fork(); // hit: parent
    if (first == 0) { // hit: parent, first
        role("first"); // hit: first
        role("opener"); // hit: first
        call(open_library("./libplugin.so"), "plugin_first", 2); // hit: first
        kill(getpid(), SIGKILL); // hit: first
    }
    pid_t second = fork(); // hit: parent
    if (second == 0) { // hit: parent, second
        role("second"); // hit: second
        role("opener"); // hit: second
        void *plugin = open_library("./libplugin.so"); // hit: second
        int found = call(plugin, "plugin_second", 3); // hit: second
        role("closer"); // hit: second
        dlclose(plugin); // hit: second
        _exit(found); // hit: second
    }
    waitpid(first, NULL, 0); // hit: parent
    waitpid(second, NULL, 0); // hit: parent
    return 0; // hit: parent
} // hit: parent
