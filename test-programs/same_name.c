// Two source files of one name in different directories are two files.
// sources: same_name/left/part.c same_name/right/part.c
// processes: 2
// tree: parent > child
#include <sys/wait.h>
#include "role.h"

int left(int), right(int); // none

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        _exit(right(6)); // hit: child
    }
    waitpid(child, NULL, 0); // hit: parent
    return left(0); // hit: parent
} // hit: parent
