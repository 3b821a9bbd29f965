// spoils HOW: a child spoils every shared writable mapping that is not its own, while another child and their parent are
// counting their lines. Marks say which process runs a line: P the parent, A the first child, S the one that spoils, C the
// last child; s a line that S runs after it has spoilt the mappings.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int n;

static void branches(int i) { // PASC
    if (i & 1) // PASC
        n++; // PASC
    if (i & 2) // PASC
        n += 2; // PASC
    if (i & 4) // PASC
        n += 3; // PASC
    if (i & 8) // PASC
        n += 4; // PASC
    if (i & 16) // PASC
        n += 5; // PASC
    if (i & 32) // PASC
        n += 6; // PASC
    if (i < 0) // PASC
        n += 7; //
    if (i > 99) // PASC
        n += 8; //
} // PASC

static void first(int i) { // A
    if (i & 1) // A
        n++; // A
    if (i & 2) // A
        n += 2; // A
    if (i > 99) // A
        n += 3; //
} // A

static void last(int i) { // C
    if (i & 1) // C
        n++; // C
    if (i & 2) // C
        n += 2; // C
    if (i > 99) // C
        n += 3; //
} // C

static void spoilt(int i) { // s
    if (i & 1) // s
        n++; // s
    if (i & 2) // s
        n += 2; // s
    if (i > 99) // s
        n += 3; //
} // s

static void parent(int i) { // P
    if (i & 1) // P
        n++; // P
    if (i > 99) // P
        n += 3; //
} // P

static void never(int i) { //
    if (i & 1) //
        n++; //
} //

static void spoil(const char *how, unsigned long start, unsigned long end) {
    char *memory = (char *)start;
    if (strcmp(how, "zero") == 0)
        memset(memory, 0, end - start);
    if (strcmp(how, "fill") == 0 || strcmp(how, "user") == 0)
        memset(memory, 0xff, end - start);
    if (strcmp(how, "remove") == 0)
        madvise(memory, end - start, MADV_REMOVE);
    if (strcmp(how, "unmap") == 0)
        munmap(memory, end - start);
    if (strcmp(how, "protect") == 0)
        mprotect(memory, end - start, PROT_NONE);
    if (strcmp(how, "shorten") == 0) {
        char name[64];
        snprintf(name, sizeof name, "/proc/self/map_files/%lx-%lx", start, end);
        if (truncate(name, 0) != 0)
            perror("truncate");
    }
}

static int spoil_all(const char *how) {
    struct {
        unsigned long start, end;
    } found[64];
    int count = 0;
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps) != NULL && count < 64) {
        char access[5];
        if (sscanf(line, "%lx-%lx %4s", &found[count].start, &found[count].end, access) == 3 && strcmp(access, "rw-s") == 0)
            count++;
    }
    fclose(maps);
    if (strcmp(how, "user") == 0 && setuid(65534) != 0)
        perror("setuid");
    for (int i = 0; i < count; i++)
        spoil(how, found[i].start, found[i].end);
    return count;
}

int main(int argc, char **argv) { // P
    int pipes[2]; //
    char byte = 0; // P
    for (int i = 0; i < 64; i++) // P
        branches(i); // P
    fflush(stdout); // P
    if (pipe(pipes) != 0) // P
        return 1; //
    pid_t child = fork(); // P
    if (child == 0) { // PA
        for (int i = 0; i < 64; i++) // A
            branches(i); // A
        read(pipes[0], &byte, 1); // A
        for (int i = 0; i < 4; i++) // A
            first(i); // A
        _exit(7); // A
    }
    for (int i = 0; i < 2; i++) // P
        parent(i); // P
    pid_t spoiler = fork(); // P
    if (spoiler == 0) { // PS
        for (int i = 0; i < 64; i++) // S
            branches(i); // S
        int count = spoil_all(argv[1]); // S
        for (int i = 0; i < 4; i++) // s
            spoilt(i); // s
        printf("spoilt %s\n", count > 0 ? "some" : "none"); // s
        fflush(stdout); // s
        _exit(8); // s
    }
    int status; //
    waitpid(spoiler, &status, 0); // P
    printf("%x\n", status); // P
    write(pipes[1], &byte, 1); // P
    waitpid(child, &status, 0); // P
    printf("%x\n", status); // P
    fflush(stdout); // P
    if (fork() == 0) { // PC
        for (int i = 0; i < 64; i++) // C
            branches(i); // C
        for (int i = 0; i < 4; i++) // C
            last(i); // C
        _exit(argc > 9 ? never(1), 0 : 9); // C
    }
    wait(&status); // P
    printf("%x\n", status); // P
    return 0; // P
} // P
