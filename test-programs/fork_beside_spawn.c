// One thread forks while another one makes children that share its memory for a moment, for which all is planted again:
// the children of fork were copied before that, or after it.
// compile: -pthread
// processes: 301
// no-oracle: three hundred processes, stepped
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include "role.h"

extern char **environ; // none

static int first(int n) { // hit: forked, parent
    return n + 1; // hit: forked, parent
} // hit: forked, parent

static int second(int n) { // hit: forked, parent
    return n + 2; // hit: forked, parent
} // hit: forked, parent

static void *spawns(void *program) { // hit: parent
    char *argv[] = {program, "spawned", NULL}; // hit: parent
    for (int i = 0; i < 100; i++) { // hit: parent
        pid_t pid; // none
        posix_spawn(&pid, program, NULL, NULL, argv, environ); // hit: parent
        waitpid(pid, NULL, 0); // hit: parent
    }
    return NULL; // hit: parent
} // hit: parent

int main(int argc, char **argv) { // hit: parent, spawned
    if (argc > 1) { // hit: parent, spawned
        role("spawned"); // hit: spawned
        return 0; // hit: spawned
    }
    role("parent"); // hit: parent
    int n = second(first(argc)); // hit: parent
    pthread_t thread; // none
    pthread_create(&thread, NULL, spawns, argv[0]); // hit: parent
    for (int i = 0; i < 200; i++) { // hit: parent
        pid_t pid = fork(); // hit: parent
        if (pid == 0) { // hit: forked, parent
            role("forked"); // hit: forked
            _exit(second(first(n)) & 1); // hit: forked
        }
        waitpid(pid, NULL, 0); // hit: parent
    }
    pthread_join(thread, NULL); // hit: parent
    return 0; // hit: parent
} // hit: parent, spawned
