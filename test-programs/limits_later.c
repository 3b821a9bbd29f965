// Processes that count by themselves, and then limit themselves: their address space, the memory that they lock, the system
// calls that they may make. What forkcov has mapped by then hardly counts, and it asks for no more that they may not have.
// needs: root
// processes: 11
// tree: parent > space, parent > locked, parent > refuses, parent > raises, parent > dies
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "role.h"
#include "seccomp.h"

enum { MEGABYTE = 1 << 20, NOBODY = 65534 };

// What is injected to map something into a process, beside calls that the program makes itself.
static const int calls[] = {SYS_mmap, SYS_mremap, SYS_socketpair, SYS_recvmsg, SYS_openat, SYS_prctl};
static int log_file;

static int branches(int n) { // hit: parent, child
    int sum = 0; // hit: parent, child
    if (n & 1) // hit: parent, child
        sum += 1; // hit: parent, child
    if (n & 2) // hit: parent, child
        sum += 2; // hit: parent, child
    if (n & 4) // hit: parent, child
        sum += 3; // hit: parent, child
    if (n & 8) // hit: parent, child
        sum += 4; // hit: parent, child
    if (n & 16) // hit: parent, child
        sum += 5; // hit: parent, child
    if (n & 32) // hit: parent, child
        sum += 6; // hit: parent, child
    return sum; // hit: parent, child
} // hit: parent, child

static int all(void) { // hit: parent, child
    int sum = 0; // hit: parent, child
    for (int i = 0; i < 64; i++) // hit: parent, child
        sum += branches(i); // hit: parent, child
    return sum; // hit: parent, child
} // hit: parent, child

static void limit_space(void) { // hit: space
    struct rlimit limit = {24 * MEGABYTE, 24 * MEGABYTE}; // hit: space
    setrlimit(RLIMIT_AS, &limit); // hit: space
    void *memory = mmap(NULL, 16 * MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); // hit: space
    dprintf(1, "16 MB of 24: %d\n", memory != MAP_FAILED); // hit: space
} // hit: space

static void lock(void) { // hit: locked
    struct rlimit limit = {8 * MEGABYTE, 8 * MEGABYTE}; // hit: locked
    setrlimit(RLIMIT_MEMLOCK, &limit); // hit: locked
    int user = setresuid(NOBODY, NOBODY, NOBODY); // hit: locked
    dprintf(1, "locked: %d %d\n", user, mlockall(MCL_CURRENT | MCL_FUTURE)); // hit: locked
} // hit: locked

static void on_refusal(int signal) { // miss
    _exit(8); // miss
}

static void filter(unsigned answer) { // hit: refuses, raises, dies
    signal(SIGSYS, on_refusal); // hit: refuses, raises, dies
    install(calls, sizeof calls / sizeof *calls, answer, SECCOMP_RET_ALLOW); // hit: refuses, raises, dies
} // hit: refuses, raises, dies

static void refuse(void) { // hit: refuses
    filter(SECCOMP_RET_ERRNO | ENOSYS); // hit: refuses
} // hit: refuses

static void raise_signal(void) { // hit: raises
    filter(SECCOMP_RET_TRAP); // hit: raises
} // hit: raises

static void die(void) { // hit: dies
    filter(SECCOMP_RET_KILL_PROCESS); // hit: dies
} // hit: dies

static void limited(const char *name, void limit(void)) { // hit: parent
    pid_t process = fork(); // hit: parent
    if (process == 0) { // hit: parent, space, locked, refuses, raises, dies
        role(name); // hit: space, locked, refuses, raises, dies
        limit(); // hit: space, locked, refuses, raises, dies
        pid_t child = fork(); // hit: space, locked, refuses, raises, dies
        if (child == 0) { // hit: space, locked, refuses, raises, dies, child
            role_to(log_file, getpid(), "child"); // hit: child
            _exit(all() != 64 / 2 * 21); // hit: child
        }
        int status; // none
        waitpid(child, &status, 0); // hit: space, locked, refuses, raises, dies
        dprintf(1, "%s: %x\n", name, status); // hit: space, locked, refuses, raises, dies
        _exit(0); // hit: space, locked, refuses, raises, dies
    }
    waitpid(process, NULL, 0); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    log_file = role_log(); // hit: parent
    dprintf(1, "%d\n", all()); // hit: parent
    limited("space", limit_space); // hit: parent
    limited("locked", lock); // hit: parent
    limited("refuses", refuse); // hit: parent
    limited("raises", raise_signal); // hit: parent
    limited("dies", die); // hit: parent
    return 0; // hit: parent
} // hit: parent
