// What is mapped into a process: the same objects, in the same order, of the same sizes and permissions, in the same
// regions; and what the kernel passed to it at its start (getauxval(3)).
// compile: -ldl -pthread
// sees-trampolines: two mappings more are there
// no-oracle: it prints more than is worth single steps
// processes: 3
// tree: parent > child, parent > again
#define _GNU_SOURCE
#include <elf.h>
#include <stdlib.h>
#include "thrice.h"

static void maps(void) { // hit: parent, child, again
    char line[4352];
    FILE *file = fopen("/proc/self/maps", "re"); // hit: parent, child, again
    while (fgets(line, sizeof line, file)) { // hit: parent, child, again
        unsigned long start, end, offset;
        char permissions[5], path[4096] = ""; // hit: parent, child, again
        if (sscanf(line, "%lx-%lx %4s %lx %*s %*s %4095[^\n]", &start, &end, permissions, &offset, path) < 4) // hit: parent, child, again
            continue; // miss
        // Where the stack begins and how far the heap has grown is left to chance.
        unsigned long size = path[0] == '[' ? 0 : end - start; // hit: parent, child, again
        const char *region = start >> 40 == 0x55 || start >> 40 == 0x56 ? "program" : "above"; // hit: parent, child, again
        printf("%s %lx %lx %s %s\n", permissions, offset, size, region, path); // hit: parent, child, again
    }
    fclose(file); // hit: parent, child, again
} // hit: parent, child, again

static void auxiliary(void) { // hit: parent, child, again
    Elf64_auxv_t entry;
    FILE *file = fopen("/proc/self/auxv", "re"); // hit: parent, child, again
    while (fread(&entry, sizeof entry, 1, file) == 1) { // hit: parent, child, again
        unsigned long type = entry.a_type, value = entry.a_un.a_val; // hit: parent, child, again
        int address = type == AT_PHDR || type == AT_BASE || type == AT_ENTRY || type == AT_RANDOM || // hit: parent, child, again
                      type == AT_SYSINFO_EHDR || type == AT_EXECFN || type == AT_PLATFORM; // hit: parent, child, again
        printf("auxiliary %lu: %#lx\n", type, address ? value != 0 : value); // hit: parent, child, again
        if (type == AT_EXECFN || type == AT_PLATFORM) // hit: parent, child, again
            printf("%s\n", (char *)value); // hit: parent, child, again
    }
    fclose(file); // hit: parent, child, again
} // hit: parent, child, again

static void sees(void) { // hit: parent, child, again
    free(malloc(1)); // hit: parent, child, again
    maps(); // hit: parent, child, again
    auxiliary(); // hit: parent, child, again
} // hit: parent, child, again

int main(int argc, char **argv) { // hit: parent, again
    return thrice(argc, argv, sees); // hit: parent, again
} // hit: parent, again
