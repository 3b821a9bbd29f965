// Libraries without debug information are passed over; the program's own lines called from one are covered.
// library-plain: libraries/plain.c -> libplain.so
// links: libplain.so
// processes: 1
#include "libraries/open.h"
#include "role.h"

int plain_twice(int n);
int plain_call(int (*back)(int), int n);

static int back(int n) { // hit: parent
    return n + 1; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    void *again = open_library("./libplain.so"); // hit: parent
    int found = plain_call(back, plain_twice(3)); // hit: parent
    found += call(again, "plain_twice", 1); // hit: parent
    dlclose(again); // hit: parent
    return found == 10 ? 0 : 1; // hit: parent
} // hit: parent
