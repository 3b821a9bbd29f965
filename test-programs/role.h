// Tells the harness which process is which: appends "PID ROLE" to the file that $ROLES names.
//
// A process may have several roles, and several processes the same one. Only system calls and no
// stdio, so that it can be called in a child of vfork, in a signal handler, and with every
// descriptor closed. errno is kept.
#ifndef ROLE_H
#define ROLE_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static inline void role(const char *name) {
    const char *log = getenv("ROLES");
    if (!log)
        return;
    int saved = errno;
    char text[80];
    int start = 12, end = 12;
    text[--start] = ' ';
    for (pid_t pid = getpid(); pid > 0; pid /= 10)
        text[--start] = (char)('0' + pid % 10);
    while (*name && end < 78)
        text[end++] = *name++;
    text[end++] = '\n';
    int file = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || write(file, text + start, (size_t)(end - start)) != end - start)
        _exit(99);
    close(file);
    errno = saved;
}

#endif
