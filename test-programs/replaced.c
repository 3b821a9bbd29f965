// The program's file is replaced by another while it runs, and then removed; it runs on and forks, and what it is now
// is not what stands there. Another process that is started from the same path runs the new file.
// also-compile: helpers/target.c -> target
// no-oracle: its readelf cannot open what is executed
// processes: 5
// tree: parent > copy, copy > child, copy > target, copy > again
// ends: copy = 17
// ends: child = 4
// ends: target = 5
// ends: again = 6
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include "role.h"

static void copy(const char *from, const char *to) { // hit: parent, copy
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755); // hit: parent, copy
    while (sendfile(out, in, NULL, 1 << 20) > 0) // hit: parent, copy
        ;
    close(in), close(out); // hit: parent, copy
} // hit: parent, copy

static int status_of(pid_t pid) { // hit: parent, copy
    int status;
    waitpid(pid, &status, 0); // hit: parent, copy
    return WEXITSTATUS(status); // hit: parent, copy
} // hit: parent, copy

static int lines(int n) { // hit: copy, child, again
    return n + 1; // hit: copy, child, again
} // hit: copy, child, again

static int runs(const char *as, const char *path, const char *argument) { // hit: parent, copy
    pid_t child = fork(); // hit: parent, copy
    if (child == 0) { // hit: parent, copy, target, again
        role(as); // hit: copy, target, again
        execl(path, path, argument, (char *)NULL); // hit: copy, target, again
        _exit(99); // miss
    }
    return status_of(child); // hit: parent, copy
} // hit: parent, copy

static int forks(int n) { // hit: copy
    pid_t child = fork(); // hit: copy
    if (child == 0) { // hit: copy, child
        role("child"); // hit: child
        _exit(lines(n)); // hit: child
    }
    return status_of(child); // hit: copy
} // hit: copy

static int be_replaced(void) { // hit: copy
    copy("target", "new"); // hit: copy
    rename("new", "copy"); // hit: copy
    int sum = forks(3); // hit: copy
    sum += runs("target", "./copy", "target"); // hit: copy
    unlink("copy"); // hit: copy
    // Its own file has no name any more.
    sum += runs("again", "/proc/self/exe", "again"); // hit: copy
    return lines(sum) + 1; // hit: copy
} // hit: copy

int main(int argc, char **argv) { // hit: parent, copy, again
    if (argc > 1 && strcmp(argv[1], "again") == 0) // hit: parent, copy, again
        return lines(5); // hit: again
    if (argc > 1) // hit: parent, copy
        return be_replaced(); // hit: copy
    role("parent"); // hit: parent
    copy("/proc/self/exe", "copy"); // hit: parent
    dprintf(1, "status %d\n", runs("copy", "./copy", "copy")); // hit: parent
    return 0; // hit: parent
} // hit: parent, copy, again
