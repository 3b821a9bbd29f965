// A program for the tests of source_files.c: prints the number of each source file that its standard input
// names, one in each line. The recorder's answers count up from 1; each of its answers is printed, too, as
// `asked NAME`.
#include <probe.h> // of the machine
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/shared.h"

// In the place of the recorder.
static uint64_t forkcov_question(uint64_t kind, uint64_t first, uint64_t second) {
    static uint64_t answers;
    if (kind != QUESTION_FILE)
        abort();
    printf("asked %.*s\n", (int)second, (const char *)first);
    return ++answers;
}

#include "probe/lock.h"

#include "probe/heap.c"
#include "probe/source_files.c"

int main(void) {
    static char name[1 << 12];
    while (fgets(name, sizeof name, stdin))
        printf("%u\n", source_file_number(name, strcspn(name, "\n")));
}
