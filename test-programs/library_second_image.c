// A library is used by one image of a process and again by the next, at another address, and by another program.
// library: libraries/linked.c -> liblinked.so
// links: liblinked.so
// processes: 2
// tree: parent > child
#include <string.h>
#include <sys/wait.h>
#include "role.h"

int linked_sum(int n);
int linked_count(void);
int linked_by_image(void);

int main(int argc, char **argv) { // hit: parent, image
    role("program"); // hit: parent, image
    if (argc > 1 && strcmp(argv[1], "image") == 0) { // hit: parent, image
        role("image"); // hit: image
        _exit(linked_by_image() == 3 ? 0 : 1); // hit: image
    }
    role("parent"); // hit: parent
    role("sums"); // hit: parent
    linked_sum(2); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        role("counts"); // hit: child
        linked_count(); // hit: child
        execl("/proc/self/exe", argv[0], "image", (char *)NULL); // hit: child
        _exit(97); // miss
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    role("polite"); // hit: parent
    return WEXITSTATUS(status); // hit: parent
} // hit: parent
