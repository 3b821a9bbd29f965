// Children of vfork run lines again and again, in the memory of a parent that has not run them: one makes another child by
// vfork, which does so too. Each process runs them for the first time when the one it has waited for is gone.
// processes: 4
// tree: parent > child, child > grandchild, parent > child 2
// ends: grandchild = 3
// ends: child = 4
// ends: child 2 = 5
#include <stdio.h>
#include <sys/wait.h>
#include "role.h"

static volatile int counter; // none

static void by_all(int n) { // hit: parent, child, grandchild, child 2
    for (int i = 0; i < n; i++) // hit: parent, child, grandchild, child 2
        if (i & 1) // hit: parent, child, grandchild, child 2
            counter++; // hit: parent, child, grandchild, child 2
        else
            counter += 2; // hit: parent, child, grandchild, child 2
} // hit: parent, child, grandchild, child 2

static void by_child(int n) { // hit: child, grandchild
    for (int i = 0; i < n; i++) // hit: child, grandchild
        counter += i; // hit: child, grandchild
} // hit: child, grandchild

static void by_grandchild(int n) { // hit: grandchild
    for (int i = 0; i < n; i++) // hit: grandchild
        counter ^= i; // hit: grandchild
} // hit: grandchild

static void by_parent(int n) { // hit: parent, grandchild
    for (int i = 0; i < n; i++) // hit: parent, grandchild
        counter -= i; // hit: parent, grandchild
} // hit: parent, grandchild

int main(void) { // hit: parent
    role("parent"); // hit: parent
    pid_t child = vfork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        by_child(20); // hit: child
        if (vfork() == 0) { // hit: child, grandchild
            role("grandchild"); // hit: grandchild
            by_all(20); // hit: grandchild
            by_child(20); // hit: grandchild
            by_grandchild(20); // hit: grandchild
            by_parent(20); // hit: grandchild
            _exit(3); // hit: grandchild
        }
        by_all(20); // hit: child
        _exit(4); // hit: child
    }
    by_parent(20); // hit: parent
    if (vfork() == 0) { // hit: parent, child 2
        role("child 2"); // hit: child 2
        by_all(20); // hit: child 2
        _exit(5); // hit: child 2
    }
    by_all(20); // hit: parent
    while (wait(NULL) > 0) // hit: parent
        ; // none
    dprintf(1, "counter %d\n", counter); // hit: parent
    return 0; // hit: parent
} // hit: parent
