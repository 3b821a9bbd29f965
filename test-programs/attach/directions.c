// Goes some ways before it is traced, others while it is, and others after that, in itself and in a child.
#include <sys/wait.h>
#include "attach.h"

static volatile int sum; // none

static void go(int n) {
    if (n == 1)
        sum += 1; // hit: parent, child
    if (n == 2)
        sum += 2; // miss
    for (int i = 0; i < n; i++)
        sum ^= i; // hit: parent, child
}

int main(void) {
    role("parent");
    go(0);
    go(2);
    at("ready");
    for (int i = 0; i < 100; i++)
        go(1); // hit: parent
    if (fork() == 0) {
        role("child");
        go(1); // hit: child
        _exit(0);
    }
    wait(NULL);
    at("traced");
    go(2); // miss
    printf("sum %d\n", sum);
    return 0;
}
