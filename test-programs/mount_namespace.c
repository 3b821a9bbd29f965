// User and mount namespaces, and another root: a child pivots into a tmpfs of its own in which there is no /proc, runs
// new lines there, and execs a copy of the program whose path is none outside. A second child does so by chroot, and
// forks.
// compile: -static
// needs: root
// no-oracle: its readelf cannot open what is executed
// processes: 4
// tree: parent > pivots, parent > roots, roots > below
// ends: pivots = 21
// ends: roots = 22
// ends: below = 23
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "role.h"

static int twice(int n) { // hit: pivots, roots, below
    return n * 2; // hit: pivots, roots, below
} // hit: pivots, roots, below

static void put(const char *path, const char *text) { // hit: pivots
    int file = open(path, O_WRONLY | O_CLOEXEC); // hit: pivots
    if (write(file, text, strlen(text)) != (ssize_t)strlen(text)) // hit: pivots
        _exit(36); // miss
    close(file); // hit: pivots
} // hit: pivots

// A tmpfs that this namespace alone sees, over the working directory, with the program in it.
static void furnish(void) { // hit: pivots, roots
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC); // hit: pivots, roots
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("none", ".", "tmpfs", 0, NULL)) // hit: pivots, roots
        _exit(31); // miss
    char path[4096];
    if (!getcwd(path, sizeof path) || chdir(path)) // hit: pivots, roots
        _exit(32); // miss
    int to = open("program", O_WRONLY | O_CREAT | O_CLOEXEC, 0755); // hit: pivots, roots
    while (sendfile(to, from, NULL, 1 << 20) > 0) // hit: pivots, roots
        ;
    close(to), close(from); // hit: pivots, roots
} // hit: pivots, roots

static void is_outside(const char *how) { // hit: pivots, below
    dprintf(1, "%s: no /proc %d, the program %d\n", how, access("/proc", F_OK) == -1, access("/program", X_OK) == 0); // hit: pivots, below
} // hit: pivots, below

static void pivots(void) { // hit: pivots
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) // hit: pivots
        _exit(30); // miss
    put("/proc/self/setgroups", "deny"); // hit: pivots
    put("/proc/self/uid_map", "0 0 1"); // hit: pivots
    put("/proc/self/gid_map", "0 0 1"); // hit: pivots
    furnish(); // hit: pivots
    if (mkdir("old", 0700) || syscall(SYS_pivot_root, ".", "old") || umount2("/old", MNT_DETACH) || chdir("/")) // hit: pivots
        _exit(33); // miss
    is_outside("pivoted"); // hit: pivots
    execl("/program", "program", "inside", (char *)NULL); // hit: pivots
    _exit(34); // miss
}

static void roots(void) { // hit: roots
    int log = role_log(); // hit: roots
    if (unshare(CLONE_NEWNS)) // hit: roots
        _exit(30); // miss
    furnish(); // hit: roots
    if (chroot(".") || chdir("/")) // hit: roots
        _exit(33); // miss
    pid_t child = fork(); // hit: roots
    if (child == 0) { // hit: roots, below
        role_to(log, getpid(), "below"); // hit: below
        is_outside("below"); // hit: below
        execl("/program", "program", "below", (char *)NULL); // hit: below
        _exit(34); // miss
    }
    int status;
    waitpid(child, &status, 0); // hit: roots
    dprintf(1, "below %d\n", WEXITSTATUS(status)); // hit: roots
    _exit(twice(11)); // hit: roots
}

int main(int argc, char **argv) { // hit: parent, pivots, below
    if (argc > 1 && argv[1][0] == 'i') // hit: parent, pivots, below
        return twice(10) + 1; // hit: pivots
    if (argc > 1) // hit: parent, below
        return twice(11) + 1; // hit: below
    role("parent"); // hit: parent
    for (int i = 0; i < 2; i++) { // hit: parent
        pid_t child = fork(); // hit: parent
        if (child == 0) { // hit: parent, pivots, roots
            role(i ? "roots" : "pivots"); // hit: pivots, roots
            if (i) // hit: pivots, roots
                roots(); // hit: roots
            pivots(); // hit: pivots
        }
        int status;
        waitpid(child, &status, 0); // hit: parent
        dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent, pivots, below
