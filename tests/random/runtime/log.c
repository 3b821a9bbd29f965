// The log: a count and records of (PID, file, line) in a file that is mapped and shared. What is stored there outlives
// the process at once, however that ends.
#include "runtime.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { CELLS = 8191 };

static struct log {
    _Atomic uint32_t count, cells_taken;
    volatile int cells[2 * CELLS];
    _Atomic uint64_t records[];
} *truth;
static uint64_t capacity;

static _Noreturn void fail(const char *what) {
    dprintf(2, "%s: errno %d\n", what, errno);
    _exit(96);
}

// A constructor of a library comes before main; it is alone, though.
static void open_log(void) {
    int file = open(getenv("TRUTH"), O_RDWR | O_CLOEXEC);
    struct stat found;
    if (file < 0 || fstat(file, &found) < 0)
        fail("failed to open the log");
    struct log *mapped = mmap(NULL, (size_t)found.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED)
        fail("failed to map the log");
    capacity = ((uint64_t)found.st_size - sizeof *mapped) / 8;
    truth = mapped;
    close(file);
}

void log_line(unsigned place) {
    int saved = errno;
    if (!truth)
        open_log();
    uint32_t index = atomic_fetch_add(&truth->count, 1);
    if (index >= capacity)
        fail("the log is full");
    truth->records[index] = (uint64_t)getpid() << 32 | place;
    errno = saved;
}

volatile int *new_cell(void) {
    uint32_t index = atomic_fetch_add(&truth->cells_taken, 1);
    if (index >= CELLS)
        fail("no cell is left");
    return &truth->cells[index];
}

void wait_for(volatile int *cell) {
    while (!*cell)
        usleep(100);
}

void note(const char *path, const char *what, long number) {
    char text[160];
    int length = snprintf(text, sizeof text, "%s %s %ld\n", path, what, number);
    if (write(1, text, (size_t)length) != length)
        fail("failed to write a note");
}
