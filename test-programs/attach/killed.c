// Makes children until it is killed, and they outlive it. Each writes an S to stdout when it begins, and an E when it has
// run through lines that are new to it.
#include "attach.h"

static int work(int n) {
    n += 1;
    n *= 2;
    n -= 3;
    n ^= 4;
    return n;
}

int main(void) {
    role("parent");
    at("ready");
    for (;;) {
        if (fork() == 0) {
            write(1, "S", 1);
            if (work(1) != 5)
                return 1;
            write(1, "E", 1);
            _exit(0);
        }
        signal(SIGCHLD, SIG_IGN);
    }
}
