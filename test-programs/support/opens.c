// opens PLUGIN HOW: opens a library and calls it. `gone`: when it has been removed already; `here`: as it is.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", open(argv[1], O_RDONLY));
    int gone = argc > 2 && !strcmp(argv[2], "gone");
    if (gone)
        unlink(argv[1]);
    void *plugin = dlopen(gone ? path : argv[1], RTLD_NOW);
    if (!plugin)
        return fprintf(stderr, "%s\n", dlerror()), 1;
    int (*answer)(int) = (int (*)(int))dlsym(plugin, "answer");
    printf("%d\n", answer(0));
    return 0;
}
