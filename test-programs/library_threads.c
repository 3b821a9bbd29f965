// Threads open and close libraries while others fork and run lines of theirs.
// compile: -pthread
// library: libraries/plugin.c -> libplugin.so
// library: libraries/other_plugin.c -> libother.so
// no-oracle: hundreds of dlopen(3), stepped, take minutes
#include <pthread.h>
#include <sys/wait.h>
#include "libraries/open.h"
#include "role.h"

enum { ROUNDS = 60 };

static void *opens_plugin(void *unused) { // hit: parent
    for (int i = 0; i < ROUNDS; i++) { // hit: parent
        void *plugin = open_library("./libplugin.so"); // hit: parent
        call(plugin, "plugin_first", i); // hit: parent
        dlclose(plugin); // hit: parent
    }
    return unused; // hit: parent
} // hit: parent

static void *opens_other(void *unused) { // hit: parent
    for (int i = 0; i < ROUNDS; i++) { // hit: parent
        void *other = open_library("./libother.so"); // hit: parent
        call(other, "other_first", i); // hit: parent
        dlclose(other); // hit: parent
    }
    return unused; // hit: parent
} // hit: parent

static void in_child(void) { // hit: child
    role("child"); // hit: child
} // hit: child

static void *forks(void *unused) { // hit: parent
    for (int i = 0; i < ROUNDS; i++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, child
            in_child(); // hit: child
            _exit(0); // hit: child
        }
        waitpid(child, NULL, 0); // hit: parent
    }
    return unused; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    for (const char *const *name = (const char *[]){"parent", "opener", "closer", "first", "other", NULL}; *name; name++) // hit: parent
        role(*name); // hit: parent
    void *(*const work[])(void *) = {opens_plugin, opens_other, forks}; // hit: parent
    pthread_t threads[3]; // none
    for (int i = 0; i < 3; i++) // hit: parent
        pthread_create(&threads[i], NULL, work[i], NULL); // hit: parent
    for (int i = 0; i < 3; i++) // hit: parent
        pthread_join(threads[i], NULL); // hit: parent
    return 0; // hit: parent
} // hit: parent
