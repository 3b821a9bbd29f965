// Runs a program in which no memory can be made code that was not code from its beginning.
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { SET_MDWE = 65, REFUSE_EXEC_GAIN = 1 }; // linux/prctl.h, since Linux 6.3

int main(int argc, char **argv) {
    (void)argc;
    if (prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) != 0) {
        puts("not supported");
        fflush(stdout);
    }
    execvp(argv[1], argv + 1);
    return 127;
}
