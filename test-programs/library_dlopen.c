// A library that is opened and closed in the middle of the program; another one that is never opened is not known.
// library: libraries/plugin.c -> libplugin.so
// processes: 1
#include "libraries/open.h"
#include "role.h"

int main(void) { // hit: opener
    role("opener"); // hit: opener
    void *plugin = open_library("./libplugin.so"); // hit: opener
    role("first"); // hit: opener
    int found = call(plugin, "plugin_first", 1); // hit: opener
    role("second"); // hit: opener
    found += call(plugin, "plugin_second", 3); // hit: opener
    role("closer"); // hit: opener
    dlclose(plugin); // hit: opener
    return found == 41 + 46 ? 0 : 1; // hit: opener
} // hit: opener
