// Comparisons of floating-point numbers, some of which are no numbers, and conversions of large ones: their directions.
// processes: 2
// tree: parent > unordered
// variant: plain: -O0
// variant: debug: -Og
// variant: optimised: -O2
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "role.h"

#define APART __attribute__((noinline, noclone))

static volatile int sum; // none
static volatile unsigned long large; // none

static APART int equal(double a, double b) {
    if (a == b) return 1;
    return 2;
}

static APART int different(float a, float b, int c) {
    if (c && a != b) return 1;
    if (c || a != b) return 2;
    return a == b ? 3 : 4;
}

static APART int loops(double a) {
    int n = 0;
    while (a != 3.0) {
        a += 1;
        if (++n > 5) break;
    }
    return n;
}

static APART int in_long(long double a, long double b) {
    if (a == b) return 1;
    if (a < b) return 2;
    return 3;
}

static APART double converted(unsigned long n) {
    double d = n;
    float f = n;
    if (n > 5) large = d;
    return d + f;
}

static void all(double a, double b) {
    sum += equal(a, b);
    sum += different(a, b, a < 2);
    sum += loops(a);
    sum += in_long(a, b);
}

int main(void) {
    role("parent");
    all(1, 2);
    if (fork() == 0) {
        role("unordered");
        double none = __builtin_nan("");
        all(none, 2);
        all(3, none);
        converted(7);
        _exit(sum != 27);
    }
    int status;
    wait(&status);
    all(2, 2);
    converted(1ul << 63);
    return status != 0;
}
