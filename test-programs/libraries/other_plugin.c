// Laid out as plugin.c is, so that it fits where that has been.
#include <unistd.h>
#include "../role.h"

static int state; // none

__attribute__((constructor)) static void construct(void) { // hit: other
    state = 50; // hit: other
} // hit: other

int other_first(int n) { // hit: other
    return state + n; // hit: other
} // hit: other

int other_never(int n) { // miss
    int sum = state; // miss
    while (n > 0) // miss
        sum += n--; // miss
    return sum; // miss
} // miss
