// A library that is linked: its constructor, what parent and child call of it, its destructor where exit(3) runs it.
// library: libraries/linked.c -> liblinked.so
// links: liblinked.so
// variant: dynamic:
// variant: no-pie: -no-pie -fno-pie
// variant: bind-now: -Wl,-z,now
// processes: 3
// tree: parent > child, parent > other
#include <sys/wait.h>
#include "role.h"

int linked_sum(int n);
int linked_count(void);
int linked_never(void);

int main(int argc, char **argv) { // hit: parent
    role("parent"); // hit: parent
    role("program"); // hit: parent
    if (argc > 1) // hit: parent
        return linked_never(); // miss
    role("sums"); // hit: parent
    int sum = linked_sum(3); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        role("counts"); // hit: child
        _exit(linked_count()); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    pid_t other = fork(); // hit: parent
    if (other == 0) { // hit: parent, other
        role("other"); // hit: other
        role("polite"); // hit: other
        exit(0); // hit: other
    }
    waitpid(other, &status, 0); // hit: parent
    role("polite"); // hit: parent
    return sum == 4 ? 0 : 1; // hit: parent
} // hit: parent
