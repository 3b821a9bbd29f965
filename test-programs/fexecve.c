// Programs that are executed by a descriptor: fexecve of a file, execveat with AT_EMPTY_PATH of a memfd, which has no
// path at all, and of a file that has been unlinked.
// also-compile: helpers/target.c -> target
// no-oracle: its readelf cannot open what is executed
// processes: 4
// tree: parent > target
// ends: target = 5
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "role.h"

extern char **environ;

static int copied(int to) { // hit: parent
    int from = open("target", O_RDONLY | O_CLOEXEC); // hit: parent
    while (sendfile(to, from, NULL, 1 << 20) > 0) // hit: parent
        ;
    close(from); // hit: parent
    return to; // hit: parent
} // hit: parent

static int file_of(int way) { // hit: parent
    if (way == 0) // hit: parent
        return open("target", O_RDONLY | O_CLOEXEC); // hit: parent
    if (way == 1) // hit: parent
        return copied(memfd_create("target", MFD_CLOEXEC)); // hit: parent
    // What is open for writing cannot be executed.
    int writable = copied(open("gone", O_WRONLY | O_CREAT | O_CLOEXEC, 0755)); // hit: parent
    int file = open("gone", O_RDONLY | O_CLOEXEC); // hit: parent
    close(writable); // hit: parent
    unlink("gone"); // hit: parent
    return file; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    for (int way = 0; way < 3; way++) { // hit: parent
        int file = file_of(way); // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, target
            char *argv[] = {"target", "target", NULL}; // hit: target
            if (way == 0) // hit: target
                fexecve(file, argv, environ);
            syscall(SYS_execveat, file, "", argv, environ, AT_EMPTY_PATH);
            _exit(99); // miss
        }
        int status;
        waitpid(child, &status, 0); // hit: parent
        dprintf(1, "way %d: %d\n", way, WEXITSTATUS(status)); // hit: parent
        close(file); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
