// Waits until another process sleeps in a system call, and not in a stop, or has ended: what is then done to it happens
// while that call waits, however slow the machine is.
#ifndef ASLEEP_H
#define ASLEEP_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The letter of proc_pid_stat(5): S asleep, T stopped, t held by its tracer, Z dead, and 0 when there is no such task.
static inline char state_of_thread(pid_t pid, const char *thread) {
    char path[300], text[256];
    snprintf(path, sizeof path, "/proc/%d/task/%s/stat", pid, thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    char *name_end = strrchr(text, ')');
    return name_end ? name_end[2] : '\0';
}

static inline char state_of(pid_t pid) {
    char thread[20];
    snprintf(thread, sizeof thread, "%d", pid);
    return state_of_thread(pid, thread);
}

static inline void until_asleep(pid_t pid) {
    for (char state = 0; state != 'S' && state != 'Z'; state = state_of(pid))
        usleep(1000);
}

// The same for `count` threads of a process: its first one can sleep before others have begun to run.
static inline void until_threads_asleep(pid_t pid, int count) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    for (int asleep = 0; asleep < count; usleep(1000)) {
        asleep = 0;
        DIR *tasks = opendir(path);
        for (struct dirent *task; tasks && (task = readdir(tasks));)
            asleep += state_of_thread(pid, task->d_name) == 'S';
        if (tasks)
            closedir(tasks);
    }
}

#endif
