// Says which process is which, for the harness: appends "PID ROLE" to the file that $ROLES names.
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

// The log: -1 when none is asked for.
static inline int role_log(void) {
    const char *log = getenv("ROLES");
    if (!log)
        return -1;
    int file = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0)
        _exit(99);
    return file;
}

// To a log that is open, for a process that can open it no more.
static inline void role_to(int file, pid_t pid, const char *name) {
    char text[80];
    int start = 12, end = 12;
    text[--start] = ' ';
    for (; pid > 0; pid /= 10)
        text[--start] = (char)('0' + pid % 10);
    while (*name && end < 78)
        text[end++] = *name++;
    text[end++] = '\n';
    if (file >= 0 && write(file, text + start, (size_t)(end - start)) != end - start)
        _exit(99);
}

// For a process that does not call itself PID: in a PID namespace.
static inline void role_as(pid_t pid, const char *name) {
    int saved = errno;
    int file = role_log();
    role_to(file, pid, name);
    if (file >= 0)
        close(file);
    errno = saved;
}

static inline void role(const char *name) {
    role_as(getpid(), name);
}

#endif
