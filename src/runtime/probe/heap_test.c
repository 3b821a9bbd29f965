// A program for the tests of heap.c: allocates and frees blocks, as its standard input says, and checks that
// they are zero when they are allocated, and that no block is written to by way of another. Each line of the
// input is a step:
//
//     + NUMBER SIZE    allocate a block
//     - NUMBER         free it
#include <probe.h> // of the machine
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/shared.h"

#include "probe/lock.h"

#include "probe/heap.c"

enum { MOST_BLOCKS = 256 };
static struct {
    unsigned char *address;
    size_t size;
} blocks[MOST_BLOCKS];

static void check(int is_true, const char *what) {
    if (!is_true) {
        fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

static void check_bytes(unsigned block, unsigned char byte, const char *what) {
    for (size_t at = 0; at < blocks[block].size; at++)
        check(blocks[block].address[at] == byte, what);
}

static void take(unsigned block, size_t size) {
    blocks[block].address = allocate(size);
    blocks[block].size = size;
    check(blocks[block].address != NULL, "no memory");
    check((uintptr_t)blocks[block].address % 16 == 0, "not aligned");
    check_bytes(block, 0, "not zero");
    memset(blocks[block].address, block, size);
}

static void give(unsigned block) {
    check_bytes(block, block, "another block has been written to");
    deallocate(blocks[block].address, blocks[block].size);
}

int main(void) {
    char what;
    unsigned block;
    size_t size;
    while (scanf(" %c %u", &what, &block) == 2 && block < MOST_BLOCKS) {
        if (what == '-') {
            give(block);
        } else {
            check(scanf("%zu", &size) == 1, "a size");
            take(block, size);
        }
    }
    check(feof(stdin), "a step");
}
