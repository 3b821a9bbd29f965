// A library that is opened by dlopen(3).
#include <unistd.h>
#include "../role.h"

static int state; // none

__attribute__((constructor)) static void construct(void) { // hit: opener
    state = 40; // hit: opener
} // hit: opener

int plugin_first(int n) { // hit: first
    return state + n; // hit: first
} // hit: first

int plugin_second(int n) { // hit: second
    int sum = state; // hit: second
    while (n > 0) // hit: second
        sum += n--; // hit: second
    return sum; // hit: second
} // hit: second

int plugin_never(void) { // miss
    return state - 1; // miss
} // miss

__attribute__((destructor)) static void destruct(void) { // hit: closer
    state = 0; // hit: closer
} // hit: closer
