// started FILE: appends which of its first descriptors are open, and which variables name its own process.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int names(const char *variable, unsigned long value) {
    const char *text = getenv(variable);
    return text != NULL && strtoul(text, NULL, 10) == value;
}

int main(int argc, char **argv) {
    char open_ones[9] = "--------";
    for (int i = 0; i < 8; i++)
        if (fcntl(i, F_GETFD) >= 0)
            open_ones[i] = '0' + i;
    int self = syscall(SYS_pidfd_open, getpid(), 0);
    struct stat identity;
    fstat(self, &identity);
    close(self);
    FILE *file = fopen(argv[1], "a");
    fprintf(file, "%s", open_ones);
    const char *variables[] = {"LISTEN_PID", "WATCHDOG_PID", "SYSTEMD_EXEC_PID"};
    for (int i = 0; i < 3; i++)
        if (names(variables[i], getpid()))
            fprintf(file, " %s", variables[i]);
    if (names("LISTEN_PIDFDID", identity.st_ino))
        fprintf(file, " LISTEN_PIDFDID");
    fprintf(file, "\n");
    return fclose(file);
}
