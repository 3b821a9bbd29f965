// Opened, closed, opened again, with another library in its place meanwhile, and forks in between.
// library: libraries/plugin.c -> libplugin.so
// library: libraries/other_plugin.c -> libother.so
// processes: 4
// tree: parent > early, parent > between, parent > late
#include <sys/wait.h>
#include "libraries/open.h"
#include "role.h"

static void in_child(void (*work)(void)) { // hit: parent
    if (fork() == 0) { // hit: parent, early, between, late
        work(); // hit: early, between, late
        _exit(0); // hit: early, between, late
    }
    wait(NULL); // hit: parent
} // hit: parent

static void *plugin; // none

static void early(void) { // hit: early
    role("early"); // hit: early
    role("first"); // hit: early
    call(plugin, "plugin_first", 1); // hit: early
} // hit: early

static void between(void) { // hit: between
    role("between"); // hit: between
} // hit: between

static void late(void) { // hit: late
    role("late"); // hit: late
    role("second"); // hit: late
    call(plugin, "plugin_second", 1); // hit: late
} // hit: late

int main(void) { // hit: parent
    role("parent"); // hit: parent
    role("opener"); // hit: parent
    plugin = open_library("./libplugin.so"); // hit: parent
    void *before = must(dlsym(plugin, "plugin_first")); // hit: parent
    in_child(early); // hit: parent
    role("closer"); // hit: parent
    dlclose(plugin); // hit: parent
    role("other"); // hit: parent
    void *other = open_library("./libother.so"); // hit: parent
    // The kernel gives the hole that has just become free.
    printf("in the same place: %d\n", before == must(dlsym(other, "other_first"))); // hit: parent
    call(other, "other_first", 1); // hit: parent
    in_child(between); // hit: parent
    dlclose(other); // hit: parent
    plugin = open_library("./libplugin.so"); // hit: parent
    role("first"); // hit: parent
    call(plugin, "plugin_first", 1); // hit: parent
    in_child(late); // hit: parent
    dlclose(plugin); // hit: parent
    return 0; // hit: parent
} // hit: parent
