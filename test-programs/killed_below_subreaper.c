// As killed_amid_forks.c, where the orphans get a parent that is traced too (prctl(2), PR_SET_CHILD_SUBREAPER).
// no-oracle: how many children there are is up to chance
// tree: root > maker, maker > child
// ends: maker = SIGKILL
// ends: child = 0
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "role.h"

static int ready[2]; // none

static void make(void) { // hit: maker
    role("maker"); // hit: maker
    write(ready[1], "", 1); // hit: maker
    for (int i = 0; i < 40; i++) {
        if (fork() == 0) {
            role("child"); // hit: child
            _exit(0); // hit: child
        }
    }
    for (;;)
        pause();
}

int main(void) { // hit: root
    prctl(PR_SET_CHILD_SUBREAPER, 1); // hit: root
    role("root"); // hit: root
    pipe(ready); // hit: root
    for (useconds_t delay = 0; delay < 20; delay++) { // hit: root
        pid_t pid = fork(); // hit: root
        if (pid == 0) // hit: root, maker
            make(); // hit: maker
        char byte; // none
        read(ready[0], &byte, 1); // hit: root
        usleep(251 * delay); // hit: root
        kill(pid, SIGKILL); // hit: root
        waitpid(pid, NULL, 0); // hit: root
    }
    while (wait(NULL) > 0) // hit: root
        ;
    return 0; // hit: root
} // hit: root
