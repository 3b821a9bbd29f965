// A library that is linked with the program: its constructor runs before main, its destructor after.
#include "../role.h"

static int constructed; // none

__attribute__((constructor)) static void construct(void) { // hit: program
    constructed = 1; // hit: program
} // hit: program

int linked_sum(int n) { // hit: sums
    int sum = constructed; // hit: sums
    for (int i = 0; i < n; i++) // hit: sums
        sum += i; // hit: sums
    return sum; // hit: sums
} // hit: sums

int linked_count(void) { // hit: counts
    return constructed + 1; // hit: counts
} // hit: counts

int linked_never(void) { // miss
    return constructed - 1; // miss
} // miss

int linked_by_image(void) { // hit: image
    return constructed + 2; // hit: image
} // hit: image

__attribute__((destructor)) static void destruct(void) { // hit: polite
    constructed = 0; // hit: polite
} // hit: polite
