// The dynamic linker is run as a command, with the program and its library as what it loads.
// library: libraries/linked.c -> liblinked.so
// links: liblinked.so
// processes: 2
// tree: parent > image
#include <string.h>
#include <sys/wait.h>
#include "role.h"

int linked_by_image(void);

int main(int argc, char **argv) { // hit: parent, image
    role("program"); // hit: parent, image
    if (argc > 1) { // hit: parent, image
        role("image"); // hit: image
        _exit(linked_by_image() == 3 ? 0 : 1); // hit: image
    }
    role("parent"); // hit: parent
    if (fork() == 0) { // hit: parent, image
        execl("/lib64/ld-linux-x86-64.so.2", "ld.so", argv[0], "image", (char *)NULL); // hit: image
        _exit(97); // miss
    }
    int status; // none
    wait(&status); // hit: parent
    role("polite"); // hit: parent
    return WEXITSTATUS(status); // hit: parent
} // hit: parent
