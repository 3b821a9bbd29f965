// A library is opened under a name that it loses at once; then another one has that name.
// library: libraries/plugin.c -> libplugin.so
// library: libraries/other_plugin.c -> libother.so
// privileged: without privileges, a file that has lost its name cannot be opened
// no-oracle: the stepper knows a file by its name
// processes: 1
#include "libraries/open.h"
#include "role.h"

int main(void) { // hit: opener
    role("opener"); // hit: opener
    role("other"); // hit: opener
    link("./libplugin.so", "./libgone.so"); // hit: opener
    void *plugin = open_library("./libgone.so"); // hit: opener
    rename("./libother.so", "./libgone.so"); // hit: opener
    void *other = open_library("././libgone.so"); // hit: opener
    role("first"); // hit: opener
    int found = call(plugin, "plugin_first", 1); // hit: opener
    found += call(other, "other_first", 1); // hit: opener
    rename("./libgone.so", "./libother.so"); // hit: opener
    role("second"); // hit: opener
    found += call(plugin, "plugin_second", 1); // hit: opener
    role("closer"); // hit: opener
    dlclose(plugin); // hit: opener
    return found == 41 + 51 + 41 ? 0 : 1; // hit: opener
} // hit: opener
