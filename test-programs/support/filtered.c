// filtered PROGRAM ARGS...: runs it under a seccomp filter that denies one system call that nothing makes, as containers run
// programs under filters.
#include <stdio.h>
#include "../seccomp.h"

int main(int argc, char **argv) {
    const int call = SYS_reboot;
    install(&call, argc > 1, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ALLOW);
    execv(argv[1], argv + 1);
    perror("filtered");
    return 99;
}
