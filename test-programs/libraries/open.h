// Opens a library that lies beside the program, and finds functions in it; ends the program when it cannot.
#ifndef OPEN_H
#define OPEN_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static inline void *must(void *found) {
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        _Exit(98);
    }
    return found;
}

static inline void *open_library(const char *path) {
    return must(dlopen(path, RTLD_NOW | RTLD_LOCAL));
}

typedef int (*number)(int);

static inline int call(void *library, const char *name, int n) {
    return ((number)must(dlsym(library, name)))(n);
}

#endif
