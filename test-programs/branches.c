// Branches of every kind: their directions, process by process. Children go other ways than their parent, are killed in the
// midst of a loop, run a signal handler in one, or share the memory of their parent.
// processes: 7
// tree: parent > odd, parent > even, parent > killed, parent > handling, parent > shared, parent > repeating
// ends: killed = SIGKILL
// ends: odd = 1
// variant: plain: -O0
// variant: debug: -Og
// variant: optimised: -O2
// variant: fixed: -O1 -no-pie -fno-pie -fno-jump-tables
// variant: protected: -O0 -fstack-protector-all
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "role.h"

#define APART __attribute__((noinline, noclone))

static volatile int sum, handled; // none

static APART int conditions(int a, int b) {
    if (a && b)
        sum++;
    else
        sum--;
    if (a || b) sum += 2;
    return a > b ? a : b;
}

static APART int loops(int rounds) {
    int all = 0;
    for (int i = 0; i < rounds; i++) {
        if (i == 77777)
            all += 100;
        if (i & 1) continue;
        all += i;
    }
    while (all > 10) all /= 2;
    do all++; while (all < 5);
    return all;
}

static APART int broken_off(int n) {
    if (n > 2) {
        for (int i = n;; i--) {
            sum++;
            if (i < 3) break;
        }
    }
    return n;
}

static APART int table(int n) {
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

static APART int tree(int n) {
    switch (n) {
    case 1: return 5;
    case 100: sum++; // fall through
    case 1000: sum += 2; break;
    case -7: sum += 3; break;
    }
    return 1;
}

static APART int jumps(int n) {
    int rounds = 0;
again:
    if (++rounds > n) goto out;
    if (rounds == 3) goto again;
    sum++;
    goto again;
out:
    return rounds;
}

static APART unsigned flags(int a, unsigned b, double c) {
    unsigned all = 0;
    if (a < 3) all |= 1;
    if (a <= -3) all |= 2;
    if (b > 7u) all |= 4;
    if (b >= 9u) all |= 8;
    if (c < 1.5) all |= 16;
    if (c != c) all |= 32;
    if (a < 0) all |= 64;
    int more;
    if (__builtin_add_overflow(a, 1 << 30, &more)) all |= 128;
    return all + (unsigned)more;
}

static APART double variadic(int count, ...) {
    va_list arguments;
    double all = 0;
    va_start(arguments, count);
    for (int i = 0; i < count; i++) all += va_arg(arguments, double);
    va_end(arguments);
    return all;
}

static void handler(int signal) {
    if (signal == SIGUSR1) handled++;
    else
        abort(); // miss
    for (int i = 0; i < 3; i++) sum++;
}

static APART void all(int n) {
    sum += conditions(n & 1, n & 2);
    sum += loops(n) + broken_off(n);
    sum += table(n % 8) + tree(n) + jumps(n % 5);
    sum += (int)flags(n, (unsigned)n, n) + (int)variadic(n & 1, 3.0) + (int)variadic(0);
}

static pid_t child(const char *name, void (*work)(void)) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        role(name);
        work();
        _exit(0); // miss
    }
    return pid;
}

static void odd(void) {
    for (int i = 1; i < 8; i += 2) all(i);
    _exit(sum != 0);
}

static void even(void) {
    for (int i = 0; i < 8; i += 2) all(i);
    _exit(sum == 0);
}

static void killed(void) {
    for (int i = 0;; i++) {
        all(4);
        if (i == 20) kill(getpid(), SIGKILL);
    }
}

static void handling(void) {
    signal(SIGUSR1, handler);
    for (int i = 0; i < 20; i++) {
        if (i % 7 == 2) raise(SIGUSR1);
        sum += conditions(0, i & 1);
    }
    _exit(handled == 3 ? 0 : 1);
}

static void repeating(void) {
    for (int i = 0; i < 60; i++) {
        all(3);
        if (i % 20 == 19) all(i);
    }
    _exit(0);
}

int main(void) {
    role("parent");
    for (int i = -4; i < 8; i++) all(i);
    all(100);
    all(1000);
    int status;
    child("odd", odd);
    child("even", even);
    child("killed", killed);
    child("handling", handling);
    child("repeating", repeating);
    pid_t shared = vfork();
    if (shared == 0) {
        role("shared");
        all(2);
        all(9);
        _exit(0);
    }
    while (wait(&status) > 0)
        ;
    all(6);
    return 0;
}
