// A program with the set-user-ID bit: under a tracer that is root it changes its user as it does bare. And a process that
// gives its rights up, and then runs new lines and forks. The kernel lets only root look into either.
// needs: root
// no-oracle: its readelf cannot open what is executed
// processes: 5
// tree: parent > changed, changed > child of it, parent > dropped, dropped > child of that
// ends: changed = 3
// ends: dropped = 3
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "role.h"

enum { NOBODY = 65534 };

static int log_file;

static int lines(int n) { // hit: child of it, child of that
    return n * 3; // hit: child of it, child of that
} // hit: child of it, child of that

static void copy(const char *to) { // hit: parent
    unlink(to); // hit: parent
    int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0700); // hit: parent
    while (sendfile(out, in, NULL, 1 << 20) > 0) // hit: parent
        ;
    if (fchown(out, NOBODY, NOBODY) || fchmod(out, S_ISUID | 0755)) // hit: parent
        _exit(90); // miss
    close(in), close(out); // hit: parent
} // hit: parent

// A process without the right to open the log has it open already.
static int forks(const char *child_role) { // hit: changed, dropped
    int dumpable = prctl(PR_GET_DUMPABLE); // hit: changed, dropped
    dprintf(1, "user %d, effective %d, dumpable %d\n", getuid(), geteuid(), dumpable); // hit: changed, dropped
    pid_t child = fork(); // hit: changed, dropped
    if (child == 0) { // hit: changed, child of it, dropped, child of that
        role_to(log_file, getpid(), child_role); // hit: child of it, child of that
        _exit(lines(1)); // hit: child of it, child of that
    }
    int status;
    waitpid(child, &status, 0); // hit: changed, dropped
    return WEXITSTATUS(status); // hit: changed, dropped
} // hit: changed, dropped

static void ends_well(pid_t child) { // hit: parent
    int status;
    waitpid(child, &status, 0); // hit: parent
    dprintf(1, "status %d\n", WEXITSTATUS(status)); // hit: parent
} // hit: parent

int main(int argc, char **argv) { // hit: parent, changed
    if (argc > 1) { // hit: parent, changed
        log_file = argv[1][0] - '0'; // hit: changed
        return forks("child of it"); // hit: changed
    }
    role("parent"); // hit: parent
    copy("changes"); // hit: parent
    log_file = role_log(); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, changed
        role("changed"); // hit: changed
        char number[] = {(char)('0' + log_file), '\0'}; // hit: changed
        fcntl(log_file, F_SETFD, 0); // hit: changed
        execl("./changes", "changes", number, (char *)NULL); // hit: changed
        _exit(91); // miss
    }
    ends_well(child); // hit: parent
    child = fork(); // hit: parent
    if (child == 0) { // hit: parent, dropped
        role("dropped"); // hit: dropped
        if (setgid(NOBODY) || setuid(NOBODY)) // hit: dropped
            _exit(92); // miss
        _exit(forks("child of that")); // hit: dropped
    }
    ends_well(child); // hit: parent
    return 0; // hit: parent
} // hit: parent, changed
