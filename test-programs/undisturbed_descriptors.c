// The descriptors of a process: which there are, what they refer to, their flags and positions, and which of them are
// one open file description.
// no-oracle: it prints more than is worth single steps
// processes: 3
// tree: parent > child, parent > again
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "thrice.h"

// Pipes and the like have other numbers in each run.
static void print_target(int fd) { // hit: parent, child, again
    char path[64], target[4096] = ""; // hit: parent, child, again
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd); // hit: parent, child, again
    ssize_t length = readlink(path, target, sizeof target - 1); // hit: parent, child, again
    for (ssize_t i = 0; i < length; i++) // hit: parent, child, again
        if (isdigit((unsigned char)target[i])) // hit: parent, child, again
            target[i] = '#'; // hit: parent, child, again
    printf("fd %d: %s", fd, target); // hit: parent, child, again
} // hit: parent, child, again

static void print_details(int fd) { // hit: parent, child, again
    struct stat stat;
    fstat(fd, &stat); // hit: parent, child, again
    printf(", mode %o, size %ld, flags %#x %d", stat.st_mode, (long)stat.st_size, fcntl(fd, F_GETFL), fcntl(fd, F_GETFD)); // hit: parent, child, again
    printf(", owner %d, signal %d, position %ld\n", fcntl(fd, F_GETOWN), fcntl(fd, F_GETSIG), (long)lseek(fd, 0, SEEK_CUR)); // hit: parent, child, again
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd); // hit: parent, child, again
    FILE *file = fopen(path, "re"); // hit: parent, child, again
    char line[256];
    while (fgets(line, sizeof line, file)) // hit: parent, child, again
        if (strncmp(line, "ino:", 4) != 0) // hit: parent, child, again
            printf("    %s", line); // hit: parent, child, again
    fclose(file); // hit: parent, child, again
} // hit: parent, child, again

static void sees(void) { // hit: parent, child, again
    // What is printed must not change what is looked at.
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer); // hit: parent, child, again
    for (int fd = 0; fd < 1024; fd++) { // hit: parent, child, again
        if (fcntl(fd, F_GETFD) < 0) // hit: parent, child, again
            continue; // hit: parent, child, again
        print_target(fd); // hit: parent, child, again
        print_details(fd); // hit: parent, child, again
        for (int other = 0; other < fd; other++) // hit: parent, child, again
            if (fcntl(other, F_GETFD) >= 0 && syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, fd, other) == 0) // hit: parent, child, again
                printf("    the same as %d\n", other);
    }
    int next = dup(0); // hit: parent, child, again
    printf("next %d\n", next); // hit: parent, child, again
    close(next); // hit: parent, child, again
} // hit: parent, child, again

int main(int argc, char **argv) { // hit: parent, again
    return thrice(argc, argv, sees); // hit: parent, again
} // hit: parent, again
