// A library is opened and closed while SIGTRAP is ignored, and again while all signals are blocked.
// library: libraries/plain.c -> libplain.so
// processes: 1
// no-oracle: a single step while SIGTRAP is ignored resets its action
#include <dlfcn.h>
#include "role.h"
#include "signals.h"

static void open_and_close(void) { // hit: parent
    void *library = dlopen("./libplain.so", RTLD_NOW); // hit: parent
    dprintf(1, "opened %d\n", library != NULL); // hit: parent
    dlclose(library); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    signal(SIGTRAP, SIG_IGN); // hit: parent
    open_and_close(); // hit: parent
    signals("ignored"); // hit: parent
    sigset_t all; // none
    sigfillset(&all); // hit: parent
    sigprocmask(SIG_SETMASK, &all, NULL); // hit: parent
    open_and_close(); // hit: parent
    signals("ignored and blocked"); // hit: parent
    signal(SIGTRAP, SIG_DFL); // hit: parent
    open_and_close(); // hit: parent
    signals("blocked"); // hit: parent
    return 0; // hit: parent
} // hit: parent
