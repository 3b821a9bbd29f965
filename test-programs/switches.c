// Switches: the ways of jump tables and of comparisons, process by process. Ways are reached by falling through from other
// cases as well, or from other switches; several cases lead to one place, and some of them to the default.
// processes: 5
// tree: parent > odd, parent > hot, parent > killed, parent > threaded
// ends: killed = SIGKILL
// variant: plain: -O0
// variant: fixed: -O0 -no-pie -fno-pie
// variant: debug: -Og
// variant: optimised: -O2
// variant: optimised-fixed: -O2 -no-pie -fno-pie
// variant: small: -Os
// variant: trees: -O2 -fno-jump-tables
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "role.h"

#define APART __attribute__((noinline, noclone))
#define IS_BLANK(c) ((c) == ' ' || (c) == '\t')
#define KIND(c) ((c) == 3 ? 1 : (c) == 50 ? 2 : (c) == 700 ? 3 : 0)

static volatile int sum; // none

// Cases fall through, and two lead to one place.
static APART int dense(int n) {
    switch (n) {
    case 0: return 5;
    case 1: sum++; // fall through
    case 2: sum += 2; break;
    case 3: sum += 3; break;
    case 4: return 7;
    case 5: case 6: sum += 5; break;
    default: sum--;
    }
    return 1;
}

// The default is one of the cases, and there are holes.
static APART int merged(unsigned n) {
    switch (n) {
    case 10: sum += 1; break;
    case 11: sum += 2; break;
    case 13: default: sum += 3; break;
    case 14: sum += 4; break;
    case 15: sum += 5; break;
    case 17: sum += 6; break;
    }
    return 0;
}

// Comparisons only.
static APART int sparse(int n) {
    switch (n) {
    case 1: return 5;
    case 100: sum++; // fall through
    case 1000: sum += 2; break;
    case -7: sum += 3; break;
    case 20 ... 40: sum += 4; break;
    }
    return 1;
}

// Both, and bits.
static APART int mixed(char c) {
    switch (c) {
    case 'a': case 'e': case 'i': case 'o': case 'u': return 1;
    case '0' ... '9': return 2;
    case -120: sum += 1; break;
    case -119: sum += 2; break;
    case -118: sum += 3; break;
    case -117: sum += 4; break;
    case -116: sum += 5; break;
    case '\n': return 3;
    }
    return 0;
}

// No value but these: there is no check.
static APART int known(unsigned n) {
    switch (n & 7) {
    case 0: return 3;
    case 1: sum += 9; break;
    case 2: sum += 8; break;
    case 3: return 6;
    case 4: sum += 4; break;
    case 5: sum += 7; break;
    case 6: return 1;
    case 7: sum += 2; break;
    }
    return 2;
}

// The comparison before it is of something else.
static APART int compared(unsigned n, unsigned other) {
    if (other > 2) return 9;
    switch (n & 7) {
    case 0: return 3;
    case 1: sum += 9; break;
    case 2: sum += 8; break;
    case 3: return 6;
    case 4: sum += 4; break;
    case 5: sum += 7; break;
    case 6: return 1;
    case 7: sum += 2; break;
    }
    return 2;
}

// The switch is the whole of a loop, which it may leave.
static APART int machine(const char *program) {
    int value = 0, rounds = 0;
    for (;;) {
        switch (program[rounds++ % 8]) {
        case 'a': value++; continue;
        case 'b': value += 2; // fall through
        case 'c': value ^= 5; break;
        case 'd': value--; continue;
        case 'e': value <<= 1; break;
        case 'f': if (value > 100) value /= 2; break;
        case 'q': return value;
        default: value += 3;
        }
        if (rounds > 30) return value;
    }
}

// Two switches in one, on one line.
static APART int nested(int a, int b) {
    switch (a) { case 1: switch (b) { case 1: return 1; case 2: return 2; case 3: return 3; case 4: return 4; case 5: return 5; default: return 6; } case 2: return 7; case 3: sum++; break; case 4: return 9; case 5: return 4; default: return 8; }
    return 0;
}

// Not a switch: two ways each, though a macro contains them.
static APART int conditions(int a, int b) {
    if (a == 1 || a == 7) sum++;
    if (IS_BLANK(a)) sum += 2;
    return KIND(b) + (a == 5 ? 1 : b == 6 ? 2 : 3);
}

// Several lines.
static APART int lines(const int *a, const int *b, int c) {
    if (c &&
        (*a & 2))
        sum++;
    if (*a ||
        !(*b & 1) ||
        c == 3) {
        sum--;
    }
    while (c > 0 &&
           *a != c)
        c--;
    return c ?
        *b : 4;
}

// Jumps to computed addresses are no branches.
static APART int computed(int n) {
    static const void *const labels[] = {&&zero, &&one, &&two, &&zero};
    goto *labels[n & 3];
zero:
    sum++;
one:
    sum++;
two:
    return sum;
}

static APART int jump_back(int n) {
    int rounds = 0;
again:
    if (++rounds > 9) return 1;
    switch (n) {
    case 0: n = 3; goto again;
    case 1: n = 0; goto again;
    case 2: sum++; goto out;
    case 3: n = 2; goto again;
    case 4: sum--; goto out;
    case 5: n = 1; goto again;
    }
    n = 5;
    goto again;
out:
    return rounds;
}

static APART void all(int n) {
    sum += dense(n) + merged((unsigned)n) + sparse(n) + mixed((char)n) + known((unsigned)n);
    sum += machine("abcdaefx" + n % 4) + nested(n % 6, n % 7) + conditions(n, n) + computed(n) + jump_back(n % 7);
    sum += compared((unsigned)n, n & 3);
    int a = n, b = n / 2;
    sum += lines(&a, &b, n % 5);
}

static pid_t child(const char *name, void (*work)(void)) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        role(name);
        work();
        _exit(0);
    }
    return pid;
}

static void odd(void) {
    for (int i = 1; i < 20; i += 2) all(i);
}

static void hot(void) {
    for (int i = 0; i < 400; i++) {
        dense(i % 3);
        merged(10 + i % 2 * 4);
        sparse(i % 2 ? 100 : 30);
        mixed(i % 2 ? 'a' : 'b');
        known(i % 3);
        machine("abacadaq");
        nested(1, 1 + i % 2);
        jump_back(i % 4);
        if (i == 300) all(5);
    }
}

static void killed(void) {
    for (int i = 0;; i++) {
        all(4);
        dense(i % 2);
        if (i == 40) kill(getpid(), SIGKILL);
    }
}

static void *thread(void *from) {
    for (int i = 0; i < 30; i++) all(i % 3 + (from ? 1 : 0));
    return NULL;
}

static void threaded(void) {
    pthread_t other;
    pthread_create(&other, NULL, thread, NULL);
    thread(&other);
    pthread_join(other, NULL);
    all(14);
}

int main(void) {
    role("parent");
    for (int i = 0; i < 12; i++) all(i);
    all(100);
    all(1000);
    mixed('7');
    mixed(-117);
    int status;
    child("odd", odd);
    child("hot", hot);
    child("killed", killed);
    child("threaded", threaded);
    while (wait(&status) > 0)
        ;
    dense(-1);
    return 0;
}
