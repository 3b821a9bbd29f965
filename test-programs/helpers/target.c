// A program that others exec: target ROLE [more].
#include <stdio.h>
#include <string.h>
#include "role.h"

int main(int argc, char **argv) { // hit: target, target more
    role(argv[1]); // hit: target, target more
    int words = argc - 2; // hit: target, target more
    if (words > 0) // hit: target, target more
        dprintf(1, "target: %d words, first %s\n", words, argv[2]); // hit: target more
    else
        dprintf(1, "target: alone\n"); // hit: target
    return 5; // hit: target, target more
} // hit: target, target more
