// Jumps to addresses that are computed: tables of addresses and of distances, labels and their differences, what is split
// off as cold, and calls that return twice or end in another function.
// processes: 2
// tree: parent > child
// variant: plain: -O0
// variant: optimised: -O2
// variant: fixed: -O1 -no-pie -fno-pie
// variant: cold: -O2 -freorder-blocks-and-partition -fno-inline
#include <setjmp.h>
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile int x; // none
static jmp_buf back; // none

static __attribute__((noinline)) int table(int n) {
    switch (n) {
    case 0:
        x = 1; // hit: parent
        x += 1; // hit: parent
        break;
    case 1:
        x = 2; // hit: child
        x += 2; // hit: child
        // fall through
    case 2:
        x = 3; // hit: parent, child
        x += 3; // hit: parent, child
        break;
    case 3:
        x = 4; // hit: child
        x += 4; // hit: child
        break;
    case 4:
        x = 5; // hit: child
        x += 5; // hit: child
        break;
    case 5:
        x = 6; // miss
        x += 6; // miss
        break;
    case 6:
        x = 7; // hit: parent
        x += 7; // hit: parent
        break;
    default:
        x = 8; // hit: parent, child
        x += 8; // hit: parent, child
    }
    return x;
}

static __attribute__((noinline)) int labels(int n) {
    static void *const to[] = {&&first, &&second, &&third};
    x = 10; // hit: parent, child
    goto *to[n];
first:
    x = 11; // hit: parent
    x += 11; // hit: parent
second:
    x = 12; // hit: parent, child
    x += 12; // hit: parent, child
third:
    x = 13; // hit: parent, child
    x += 13; // hit: parent, child
    return x;
}

static __attribute__((noinline)) int differences(int n) {
    static const int to[] = {&&first - &&first, &&second - &&first, &&third - &&first};
    x = 20; // hit: parent, child
    goto *(&&first + to[n]);
first:
    x = 21; // hit: parent
    x += 21; // hit: parent
second:
    x = 22; // hit: parent
    x += 22; // hit: parent
third:
    x = 23; // hit: parent, child
    x += 23; // hit: parent, child
    return x;
}

static __attribute__((noinline, cold)) void seldom(int n) {
    x = 30; // hit: child
    x += n; // hit: child
}

static __attribute__((noinline)) int split(int n) {
    x = 31; // hit: parent, child
    if (__builtin_expect(n > 1, 0)) {
        x = 32; // hit: child
        seldom(n); // hit: child
        x = 33; // hit: child
    }
    x = 34; // hit: parent, child
    return n;
}

static __attribute__((noinline)) void far(int n) {
    x = 40; // hit: parent
    longjmp(back, n);
}

static __attribute__((noinline)) int twice(int n) {
    x = 41; // hit: parent, child
    if (setjmp(back) == 0) {
        x = 42; // hit: parent, child
        if (n == 0)
            far(5); // hit: parent
        x = 43; // hit: child
        x = 44; // hit: child
    } else {
        x = 45; // hit: parent
        x = 46; // hit: parent
    }
    return x;
}

static int (*volatile next)(int); // none

static __attribute__((noinline)) int tail(int n) {
    x = 50; // hit: parent, child
    x = 51; // hit: parent, child
    return next(n); // hit: parent, child
}

static int all(int n) {
    next = n ? labels : differences;
    return table(n) + table(n + 2) + table(6 - 2 * n) + table(99) + labels(n) + differences(2 * n) + split(2 * n)
        + twice(n) + tail(n);
}

int main(void) {
    role("parent");
    fflush(stdout);
    if (fork() == 0) {
        role("child");
        return all(1) == 0;
    }
    int status;
    wait(&status);
    printf("%d %d\n", status, all(0));
    return 0;
}
