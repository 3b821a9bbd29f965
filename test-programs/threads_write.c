// A thread writes much into a pipe that another reads as fast, while trampolines are installed: no write ends before all is
// written.
// compile: -pthread
// library: libraries/blocks.c -> libblocks.so
// links: libblocks.so
// processes: 7
// tree: parent > writer
// no-oracle: a single step interrupts a write
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "role.h"

enum { CHILDREN = 6, MUCH = 1 << 18, CALLS = 40 };
unsigned blocks(unsigned sum);

static int ends[2]; // none
static _Atomic int is_over; // none
static long cut; // none

static void *writes(void *nothing) { // hit: writer
    static char bytes[MUCH]; // none
    do // none
        cut += write(ends[1], bytes, MUCH) != MUCH; // hit: writer
    while (!is_over); // hit: writer
    close(ends[1]); // hit: writer
    return nothing; // hit: writer
} // hit: writer

static void *reads(void *nothing) { // hit: writer
    static char bytes[70000]; // none
    while (read(ends[0], bytes, sizeof bytes) > 0) // hit: writer
        continue; // hit: writer
    return nothing; // hit: writer
} // hit: writer

static void child(void) { // hit: writer
    pthread_t writer, reader; // none
    role("writer"); // hit: writer
    pipe(ends); // hit: writer
    pthread_create(&writer, NULL, writes, NULL); // hit: writer
    pthread_create(&reader, NULL, reads, NULL); // hit: writer
    usleep(5000); // hit: writer
    unsigned sum = 0; // hit: writer
    for (int call = 0; call < CALLS; call++) // hit: writer
        sum = blocks(sum + call); // hit: writer
    is_over = 1; // hit: writer
    pthread_join(writer, NULL); // hit: writer
    pthread_join(reader, NULL); // hit: writer
    dprintf(1, "%ld writes were cut short\n", cut); // hit: writer
    _exit(sum & 7); // hit: writer
} // none

int main(void) { // hit: parent
    role("parent"); // hit: parent
    for (int i = 0; i < CHILDREN; i++) { // hit: parent
        if (fork() == 0) // hit: parent, writer
            child(); // hit: writer
        wait(NULL); // hit: parent
    } // none
    return blocks(11) == 0; // hit: parent
} // hit: parent
