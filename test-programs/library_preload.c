// A library that LD_PRELOAD brings into an image, and not into the one before; a static program has none.
// library: libraries/linked.c -> liblinked.so
// processes: 2
// tree: parent > image
#include <sys/wait.h>
#include "role.h"

__attribute__((weak)) int linked_by_image(void); // none

int main(int argc, char **argv) { // hit: parent, image
    if (linked_by_image) { // hit: parent, image
        role("program"); // hit: image
        role("image"); // hit: image
        _exit(linked_by_image() == 3 ? 0 : 1); // hit: image
    }
    role("parent"); // hit: parent
    if (fork() == 0) { // hit: parent, image
        setenv("LD_PRELOAD", "./liblinked.so", 1); // hit: image
        execl("/proc/self/exe", argv[0], (char *)NULL); // hit: image
        _exit(97); // miss
    }
    int status; // none
    wait(&status); // hit: parent
    return argc == 1 ? WEXITSTATUS(status) : 96; // hit: parent
} // hit: parent
