// What a program sees of itself is looked at three times: in the first process, in a forked child, and in an image that
// another child executes. The harness compares what is printed without and with forkcov.
#ifndef THRICE_H
#define THRICE_H

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "role.h"

static inline int thrice(int argc, char **argv, void (*sees)(void)) {
    role(argc > 1 ? "again" : "parent");
    printf("-- %s\n", argc > 1 ? "image" : "root");
    sees();
    fflush(stdout);
    for (int round = 0; argc == 1 && round < 2; round++) {
        pid_t child = fork();
        if (child == 0 && round == 1) {
            execv(argv[0], (char *[]){argv[0], "again", NULL});
            _exit(99);
        }
        if (child == 0) {
            role("child");
            printf("-- child\n");
            sees();
            fflush(stdout);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        printf("-- status %d\n", status);
        fflush(stdout);
    }
    return 0;
}

// The lines of a file, or why there are none, each with the file's name before it.
static inline void print_file(const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) {
        printf("%s: error %d\n", path, errno);
        return;
    }
    char line[4096];
    while (fgets(line, sizeof line, file))
        printf("%s: %s%s", path, line, line[0] && strchr(line, '\n') ? "" : "\n");
    fclose(file);
}

#endif
