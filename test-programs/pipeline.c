// A pipeline of forked stages: the same function run by two of them, and one of them ended by SIGPIPE.
// processes: 5
// tree: parent > source, parent > double, parent > add, parent > endless
// ends: source = 0
// ends: endless = SIGPIPE
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static int twice(int n) { // hit: double
    return n * 2; // hit: double
} // hit: double

static int get(int from, int *n) { // hit: parent, double, add
    return read(from, n, sizeof *n) == sizeof *n; // hit: parent, double, add
} // hit: parent, double, add

static void put(int to, int n) { // hit: source, double, add, endless
    if (write(to, &n, sizeof n) != sizeof n) // hit: source, double, add, endless
        _exit(9); // miss
} // hit: source, double, add, endless

static void stage(const char *name, int from, int to) { // hit: source, double, add, endless
    int n; // none
    role(name); // hit: source, double, add, endless
    switch (*name) { // hit: source, double, add, endless
    case 's': // none
        for (n = 0; n < 50; n++) // hit: source
            put(to, n); // hit: source
        break; // hit: source
    case 'd': // none
        while (get(from, &n)) // hit: double
            put(to, twice(n)); // hit: double
        break; // hit: double
    case 'a': // none
        while (get(from, &n)) // hit: add
            put(to, n + 1); // hit: add
        break; // hit: add
    default: // none
        for (n = 0;; n++) // hit: endless
            put(to, n); // hit: endless
    }
    _exit(0); // hit: source, double, add
}

static int start(const char *name, int from) { // hit: parent
    int ends[2]; // none
    if (pipe(ends)) // hit: parent
        return -1; // miss
    if (fork() == 0) { // hit: parent, source, double, add, endless
        close(ends[0]); // hit: source, double, add, endless
        stage(name, from, ends[1]); // hit: source, double, add, endless
    }
    close(ends[1]); // hit: parent
    close(from); // hit: parent
    return ends[0]; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    int last = start("add", start("double", start("source", -1))); // hit: parent
    int sum = 0, n; // hit: parent
    while (get(last, &n)) // hit: parent
        sum += n; // hit: parent
    close(last); // hit: parent
    last = start("endless", -1); // hit: parent
    get(last, &n); // hit: parent
    close(last); // hit: parent
    while (wait(NULL) > 0) // hit: parent
        ; // none
    dprintf(1, "sum %d\n", sum); // hit: parent
    return 0; // hit: parent
} // hit: parent
