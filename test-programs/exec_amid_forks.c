// A thread forks, another one execs, and the new image ends at once: the last child is of that process too, though the
// thread that made it was gone before it could tell, and another process was killed before.
// compile: -pthread
// no-oracle: how many children there are is up to chance
// tree: root > maker, root > killed, maker > child
// ends: maker = 0
// ends: killed = SIGKILL
// ends: child = 0
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include "role.h"

static volatile int forked; // none

static void *forks(void *unused) { // hit: maker
    for (;;) {
        if (fork() == 0) { // hit: maker, child
            role("child"); // hit: child
            _exit(0); // hit: child
        }
        forked++;
    }
    return unused; // none
}

static void make(char *program) { // hit: maker
    role("maker"); // hit: maker
    pthread_t thread; // none
    pthread_create(&thread, NULL, forks, NULL); // hit: maker
    while (forked < 2) // hit: maker
        ; // none
    execl(program, program, "end", NULL); // hit: maker
} // miss

int main(int argc, char **argv) { // hit: root, maker
    if (argc > 1) // hit: root, maker
        return 0; // hit: maker
    role("root"); // hit: root
    pid_t killed = fork(); // hit: root
    if (killed == 0) // hit: root, killed
        role("killed"), raise(SIGKILL); // hit: killed
    waitpid(killed, NULL, 0); // hit: root
    for (int i = 0; i < 20; i++) { // hit: root
        pid_t maker = fork(); // hit: root
        if (maker == 0) // hit: root, maker
            make(argv[0]); // hit: maker
        waitpid(maker, NULL, 0); // hit: root
    }
    return 0; // hit: root
} // hit: root, maker
