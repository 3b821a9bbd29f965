// Orphans: one goes to the nearest subreaper, which gets its PID and how it ended; one whose parent dies gets the
// signal that it asked for, as the death of the thread that forked it counts; zombies stay until someone waits.
// compile: -pthread
// processes: 6
// tree: parent > middle, middle > orphan, parent > zombie, parent > dies, dies > told
// ends: orphan = 31
// ends: zombie = 32
// ends: told = 33
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "asleep.h"
#include "role.h"

static int ready[2], go[2];

static void told(int signal) { // hit: told
    _exit(signal == SIGUSR2 ? 33 : 1); // hit: told
}

static void adopts(void) { // hit: parent
    pid_t middle = fork(), orphan; // hit: parent
    if (middle == 0) { // hit: parent, middle
        role("middle"); // hit: middle
        pid_t child = fork(); // hit: middle, orphan
        if (child == 0) { // hit: middle, orphan
            role("orphan"); // hit: orphan
            char byte;
            // Until its parent is gone.
            if (read(go[0], &byte, 1) != 1) // hit: orphan
                _exit(1); // miss
            _exit(31); // hit: orphan
        }
        if (write(ready[1], &child, sizeof child) != sizeof child) // hit: middle
            _exit(1); // miss
        _exit(0); // hit: middle
    }
    if (read(ready[0], &orphan, sizeof orphan) != sizeof orphan) // hit: parent
        _exit(1); // miss
    waitpid(middle, NULL, 0); // hit: parent
    int status, wrote = (int)write(go[1], "x", 1); // hit: parent
    int mine = waitpid(orphan, &status, 0) == orphan; // hit: parent
    dprintf(1, "wrote %d, mine %d, status %d\n", wrote, mine, WEXITSTATUS(status)); // hit: parent
} // hit: parent

static void leaves_a_zombie(void) { // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, zombie
        role("zombie"); // hit: zombie
        _exit(32); // hit: zombie
    }
    siginfo_t info;
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT); // hit: parent
    dprintf(1, "state %c, there %d, ", state_of(child), kill(child, 0) == 0); // hit: parent
    int status;
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %d, gone %d\n", WEXITSTATUS(status), kill(child, 0) == -1 && errno == ESRCH); // hit: parent
} // hit: parent

static void *forks(void *unused) { // hit: dies
    pid_t child = fork(); // hit: dies
    if (child == 0) { // hit: dies, told
        role("told"); // hit: told
        signal(SIGUSR2, told); // hit: told
        prctl(PR_SET_PDEATHSIG, SIGUSR2); // hit: told
        for (;;)
            pause(); // hit: told
    }
    until_asleep(child); // hit: dies
    // This thread ends, its process does not.
    return unused; // hit: dies
} // hit: dies

static void dies(void) { // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, dies
        role("dies"); // hit: dies
        pthread_t thread;
        pthread_create(&thread, NULL, forks, NULL); // hit: dies
        pthread_join(thread, NULL); // hit: dies
        int status;
        wait(&status); // hit: dies
        _exit(WEXITSTATUS(status)); // hit: dies
    }
    int status;
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    if (pipe(ready) || pipe(go) || prctl(PR_SET_CHILD_SUBREAPER, 1)) // hit: parent
        return 1; // miss
    adopts(); // hit: parent
    leaves_a_zombie(); // hit: parent
    dies(); // hit: parent
    return 0; // hit: parent
} // hit: parent
