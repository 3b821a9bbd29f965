// A program that copies its own code and runs the copies, as code movers, unpackers and mocks do: in memory of every kind, from
// before and after it has trampolines, in children and threads, with handlers of its own for the signals that a copied
// breakpoint or jump raises. What runs in a copy is no line; what is copied back to its place is.
// compile: -pthread
// variant: dynamic:
// variant: static: -static
// no-oracle: a single step with SIGTRAP blocked ends the program
// says: a program ran a copy of the code of
// processes: 3
// tree: parent > child, parent > vforked
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "role.h"

enum { SIZE = 1 << 16, ARENA = 64 << 20 };

#define COPIED __attribute__((noinline, noclone, used, section("copied")))

COPIED static int sum(int n) { // miss
    int s = 0; // miss
    for (int i = 0; i < n; i++) // miss
        s += i & 1 ? i : 2 * i; // miss
    if (s > 1000000) // miss
        s = 1; // miss
    return s; // miss
} // miss

COPIED static int plus(int a, int b) { // miss
    return a + b; // miss
} // miss

COPIED static int power(int base, int n) { // miss
    int result = 1; // miss
    while (n > 0) { // miss
        if (n & 1) // miss
            result *= base; // miss
        base *= base; // miss
        n >>= 1; // miss
    }
    return result; // miss
} // miss

// A few bytes, alone.
__attribute__((noinline, noclone, used, optimize("O2"), section("tiny"))) static int minus(int a, int b) { return a - b; } // miss

extern char __start_tiny[], __stop_tiny[];
extern char __start_copied[], __stop_copied[];
static int volatile faults, trapped;
static char *copy;

static void on_fault(int signal) { // miss
    faults++; // miss
    _exit(9); // miss
}

static void on_trap(int signal) { // hit: parent
    trapped++; // hit: parent
} // hit: parent

#define CALL(at, function, ...) ((__typeof__(&function))((at) + ((char *)function - __start_copied)))(__VA_ARGS__)

static void run(const char *what, char *at) { // hit: parent, child, vforked
    int first = CALL(at, sum, 10), second = CALL(at, plus, 3, 4), third = CALL(at, power, 3, 5); // hit: parent, child, vforked
    dprintf(1, "%s: %d %d %d, faults %d\n", what, first, second, third, faults); // hit: parent, child, vforked
} // hit: parent, child, vforked

static size_t length(void) { // hit: parent
    return (size_t)(__stop_copied - __start_copied); // hit: parent
} // hit: parent

static char *anonymous(size_t size, int protection) { // hit: parent
    return mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); // hit: parent
} // hit: parent

static char *written(char *at) { // hit: parent
    return memcpy(at, __start_copied, length()); // hit: parent
} // hit: parent

static void everywhere(void) { // hit: parent
    run("writable", written(anonymous(SIZE, PROT_READ | PROT_WRITE | PROT_EXEC))); // hit: parent
    char *sealed = written(anonymous(SIZE, PROT_READ | PROT_WRITE)); // hit: parent
    mprotect(sealed, SIZE, PROT_READ | PROT_EXEC); // hit: parent
    run("read-only later", sealed); // hit: parent
    char *tiny = memcpy(anonymous(SIZE, PROT_READ | PROT_WRITE | PROT_EXEC), __start_tiny, (size_t)(__stop_tiny - __start_tiny)); // hit: parent
    dprintf(1, "a few bytes: %d\n", ((__typeof__(&minus))tiny)(7, 3)); // hit: parent
    char *arena = anonymous(ARENA, PROT_READ | PROT_WRITE | PROT_EXEC); // hit: parent
    run("amid an arena", written(arena + ARENA / 2 + 5)); // hit: parent
    run("at its end", written(arena + ARENA - length())); // hit: parent
    run("at its start", written(arena)); // hit: parent
    memset(arena + SIZE, 0xcc, SIZE); // hit: parent
    run("between breakpoints", written(arena + SIZE + SIZE / 2)); // hit: parent
} // hit: parent

static void files(void) { // hit: parent
    int twice = memfd_create("twice", MFD_CLOEXEC | MFD_ALLOW_SEALING); // hit: parent
    ftruncate(twice, SIZE); // hit: parent
    written(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, twice, 0)); // hit: parent
    run("mapped twice", mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, twice, 0)); // hit: parent
    int open_one = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING); // hit: parent
    write(open_one, __start_copied, length()); // hit: parent
    run("an open file", mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, open_one, 0)); // hit: parent
    int sealed = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING); // hit: parent
    write(sealed, __start_copied, length()); // hit: parent
    fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE); // hit: parent
    run("a sealed file", mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, sealed, 0)); // hit: parent
    int private_one = memfd_create("private", MFD_CLOEXEC); // hit: parent
    write(private_one, __start_copied, length()); // hit: parent
    char *mapped = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, private_one, 0); // hit: parent
    close(private_one); // hit: parent
    run("a private mapping", mapped); // hit: parent
} // hit: parent

static int warm(int n) { // hit: parent
    int s = 0; // hit: parent
    if (n & 1) // hit: parent
        s += 1; // hit: parent
    if (n & 2) // hit: parent
        s += 2; // hit: parent
    if (n & 4) // hit: parent
        s += 3; // hit: parent
    if (n & 8) // hit: parent
        s += 4; // hit: parent
    if (n & 16) // hit: parent
        s += 5; // hit: parent
    if (n & 32) // hit: parent
        s += 6; // hit: parent
    if (n & 64) // hit: parent
        s += 7; // hit: parent
    return s; // hit: parent
} // hit: parent

static void children(void) { // hit: parent
    copy = written(anonymous(SIZE, PROT_READ | PROT_WRITE | PROT_EXEC)); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        run("in a child", copy); // hit: child
        run("made by a child", memcpy(copy + SIZE / 2, __start_copied, (size_t)(__stop_copied - __start_copied))); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    child = vfork(); // hit: parent
    if (child == 0) { // hit: parent, vforked
        role("vforked"); // hit: vforked
        run("in a child of vfork", copy); // hit: vforked
        _exit(0); // hit: vforked
    }
    waitpid(child, NULL, 0); // hit: parent
    run("in the parent", copy); // hit: parent
} // hit: parent

static void *runs(void *unused) { // hit: parent
    int total = 0; // hit: parent
    for (int i = 0; i < 1000; i++) // hit: parent
        total += CALL(copy, sum, 10) + CALL(copy, power, 3, 5) + CALL(copy, plus, 1, 1); // hit: parent
    dprintf(1, "a thread: %d\n", total); // hit: parent
    return unused; // hit: parent
} // hit: parent

static void threads(void) { // hit: parent
    pthread_t all[4]; // none
    copy = written(anonymous(SIZE, PROT_READ | PROT_WRITE | PROT_EXEC)); // hit: parent
    for (int i = 0; i < 4; i++) // hit: parent
        pthread_create(&all[i], NULL, runs, NULL); // hit: parent
    for (int i = 0; i < 4; i++) // hit: parent
        pthread_join(all[i], NULL); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    struct sigaction fault = {.sa_handler = on_fault}, trap = {.sa_handler = on_trap}; // hit: parent
    int total = 0; // hit: parent
    role("parent"); // hit: parent
    run("first", written(anonymous(SIZE, PROT_READ | PROT_WRITE | PROT_EXEC))); // hit: parent
    for (int i = 0; i < 128; i++) // hit: parent
        total += warm(i); // hit: parent
    everywhere(); // hit: parent
    files(); // hit: parent
    children(); // hit: parent
    for (int signal = 1; signal < 32; signal++) // hit: parent
        if (signal == SIGSEGV || signal == SIGBUS || signal == SIGILL) // hit: parent
            sigaction(signal, &fault, NULL); // hit: parent
    everywhere(); // hit: parent
    sigaction(SIGTRAP, &trap, NULL); // hit: parent
    everywhere(); // hit: parent
    sigset_t blocked; // none
    sigemptyset(&blocked); // hit: parent
    sigaddset(&blocked, SIGTRAP); // hit: parent
    sigprocmask(SIG_BLOCK, &blocked, NULL); // hit: parent
    everywhere(); // hit: parent
    raise(SIGTRAP); // hit: parent
    sigprocmask(SIG_UNBLOCK, &blocked, NULL); // hit: parent
    dprintf(1, "trapped %d, total %d\n", trapped, total); // hit: parent
    threads(); // hit: parent
    return 0; // hit: parent
} // hit: parent
