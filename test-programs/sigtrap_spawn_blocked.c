// Programs started by posix_spawn and by vfork while all signals are blocked: they have them blocked, and so has their
// parent.
// processes: 4
// tree: parent > spawned, parent > vforked, parent > unblocked
// ends: spawned = 7
// no-oracle: a single step while SIGTRAP is blocked resets its action
#define _GNU_SOURCE
#include <spawn.h>
#include <sys/wait.h>
#include "role.h"
#include "signals.h"

extern char **environ; // none

int main(int argc, char **argv) { // hit: parent, spawned, vforked, unblocked
    if (argc > 1) { // hit: parent, spawned, vforked, unblocked
        role(argv[1]); // hit: spawned, vforked, unblocked
        signals(argv[1]); // hit: spawned, vforked, unblocked
        return argv[1][0] == 's' ? 7 : 0; // hit: spawned, vforked, unblocked
    }
    role("parent"); // hit: parent
    sigset_t all, none; // none
    pid_t child; // none
    sigemptyset(&none); // hit: parent
    sigfillset(&all); // hit: parent
    sigdelset(&all, SIGCHLD); // hit: parent
    sigprocmask(SIG_SETMASK, &all, NULL); // hit: parent
    posix_spawn(&child, argv[0], NULL, NULL, (char *[]){argv[0], "spawned", NULL}, environ); // hit: parent
    waitpid(child, NULL, 0); // hit: parent
    signals("in the parent"); // hit: parent
    child = vfork(); // hit: parent, vforked
    if (child == 0) { // hit: parent, vforked
        execv(argv[0], (char *[]){argv[0], "vforked", NULL}); // hit: vforked
        _exit(99); // miss
    }
    waitpid(child, NULL, 0); // hit: parent
    signals("in the parent again"); // hit: parent
    posix_spawnattr_t attributes; // none
    posix_spawnattr_init(&attributes); // hit: parent
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK); // hit: parent
    posix_spawnattr_setsigmask(&attributes, &none); // hit: parent
    posix_spawn(&child, argv[0], NULL, &attributes, (char *[]){argv[0], "unblocked", NULL}, environ); // hit: parent
    waitpid(child, NULL, 0); // hit: parent
    signals("in the parent at last"); // hit: parent
    return 0; // hit: parent
} // hit: parent, spawned, vforked, unblocked
