// A function whose beginning is saved, overwritten by a jump to a stand-in, and put back, as libraries for mocks and hooks do:
// before its breakpoints are hit and after, with trampolines and without, in the program and in a child.
// processes: 2
// tree: parent > child
// no-oracle: the stepper takes what the program writes over a function for that function
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "role.h"

enum { SAVED = 14 };

#define MOCKED __attribute__((noinline, noclone))

MOCKED static int early(int n) { // hit: parent, child
    if (n > 3) // hit: parent, child
        n *= 2; // hit: parent, child
    return n + 1; // hit: parent, child
} // hit: parent, child

MOCKED static int late(int n) { // hit: parent, child
    if (n > 3) // hit: parent, child
        n *= 3; // hit: parent, child
    return n + 2; // hit: parent, child
} // hit: parent, child

MOCKED static int never(int n) { // miss
    return n + 3; // miss
} // miss

MOCKED static int stand_in(int n) { // hit: parent, child
    return -n; // hit: parent, child
} // hit: parent, child

static void warm(void) { // hit: parent
    int volatile n = 0; // hit: parent
    for (int i = 0; i < 64; i++) { // hit: parent
        if (i & 1) // hit: parent
            n += 1; // hit: parent
        if (i & 2) // hit: parent
            n += 2; // hit: parent
        if (i & 4) // hit: parent
            n += 3; // hit: parent
        if (i & 8) // hit: parent
            n += 4; // hit: parent
        if (i & 16) // hit: parent
            n += 5; // hit: parent
        if (i & 32) // hit: parent
            n += 6; // hit: parent
    }
} // hit: parent

static void writable(void *function) { // hit: parent
    mprotect((void *)((uintptr_t)function & ~4095ul), 8192, PROT_READ | PROT_WRITE | PROT_EXEC); // hit: parent
} // hit: parent

static void divert(char *function) { // hit: parent, child
    char jump[SAVED] = "\xff\x25\0\0\0"; // hit: parent, child
    void *to = (void *)stand_in; // hit: parent, child
    memcpy(jump + 6, &to, sizeof to); // hit: parent, child
    memcpy(function, jump, sizeof jump); // hit: parent, child
} // hit: parent, child

typedef int function(int);

static void mock(const char *name, function *function, int before) { // hit: parent, child
    char saved[SAVED]; // none
    memcpy(saved, function, sizeof saved); // hit: parent, child
    int first = before ? function(5) : 0; // hit: parent, child
    divert((char *)function); // hit: parent, child
    int second = function(5); // hit: parent, child
    memcpy(function, saved, sizeof saved); // hit: parent, child
    int third = function == never ? 0 : function(5) + function(1); // hit: parent, child
    dprintf(1, "%s: %d %d %d\n", name, first, second, third); // hit: parent, child
} // hit: parent, child

static void all(const char *who) { // hit: parent, child
    dprintf(1, "%s\n", who); // hit: parent, child
    mock("early", early, 1); // hit: parent, child
    mock("late", late, 0); // hit: parent, child
    mock("never", never, 0); // hit: parent, child
    mock("early again", early, 1); // hit: parent, child
} // hit: parent, child

int main(void) { // hit: parent
    role("parent"); // hit: parent
    writable((void *)early); // hit: parent
    all("before"); // hit: parent
    warm(); // hit: parent
    all("after"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        all("child"); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    all("parent"); // hit: parent
    return 0; // hit: parent
} // hit: parent
