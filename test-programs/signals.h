// What a program sees of its own signals. Only system calls and no stdio but dprintf, and nothing is counted as a line:
// it is compiled with the programs, but its text is no test's.
#ifndef SIGNALS_H
#define SIGNALS_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Prints the task's SigPnd, ShdPnd, SigBlk, SigIgn and SigCgt (proc(5)).
static inline void signals(const char *when) {
    char text[4096];
    int file = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = 0;
    char *start = strstr(text, "SigPnd:");
    char *end = start ? strstr(start, "CapInh:") : NULL;
    if (end)
        dprintf(1, "%s\n%.*s", when, (int)(end - start), start);
}

#endif
