// A child with threads, busy on lines, is stopped by its parent, stays stopped, and is continued.
// compile: -pthread
// timed-branches: it waits for its child in a loop
// processes: 2
// tree: parent > child
// ends: child = SIGKILL
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "role.h"

static volatile long *progress; // none

static void *busy(void *arg) { // hit: child
    for (;;) {
        ++*(volatile long *)arg; // hit: child
        usleep(500); // hit: child
    }
    return arg; // none
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        pthread_t thread; // none
        for (int i = 0; i < 3; i++) // hit: child
            pthread_create(&thread, NULL, busy, (void *)progress); // hit: child
        busy((void *)(progress + 1)); // hit: child
        _exit(1); // miss
    }
    while ((progress[0] < 20 || progress[1] == 0) && usleep(1000) == 0) // hit: parent
        ; // none
    kill(child, SIGSTOP); // hit: parent
    int status; // none
    waitpid(child, &status, WUNTRACED); // hit: parent
    usleep(20000); // hit: parent
    long then = *progress; // hit: parent
    usleep(50000); // hit: parent
    dprintf(1, "stopped %d, still %d\n", WSTOPSIG(status), *progress == then); // hit: parent
    kill(child, SIGCONT); // hit: parent
    waitpid(child, &status, WCONTINUED); // hit: parent
    while (*progress == then && usleep(1000) == 0) // hit: parent
        ; // none
    dprintf(1, "continued %d\n", WIFCONTINUED(status)); // hit: parent
    kill(child, SIGKILL); // hit: parent
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "killed by %d\n", WTERMSIG(status)); // hit: parent
    return 0; // hit: parent
} // hit: parent
