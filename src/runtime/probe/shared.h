// The memory that a probe shares with the tracer and the recorder. Its layout is written in Rust; build.rs
// generates protocol.h from that.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

#define EXPORT __attribute__((visibility("hidden"), used))

// The state that belongs to one process. The tracer resets it before a process runs that has the probe, be it
// by the probe's start or by a fork: a lock that another thread of the parent holds is free in the child.
EXPORT struct {
    uint32_t number; // of the process in the run, plus 1
    uint32_t log_lock;
    uint32_t heap_lock;
    uint32_t lists_lock;
    uint32_t threads_born; // counted by the tracer
    uint32_t threads_met; // of these, the threads that the probe has seen running
} forkcov_process = {0};

_Static_assert(offsetof(__typeof__(forkcov_process), number) == PROCESS_NUMBER, "layout");
_Static_assert(offsetof(__typeof__(forkcov_process), threads_born) == PROCESS_THREADS_BORN, "layout");
_Static_assert(sizeof forkcov_process == PROCESS_SIZE, "layout");

// A word that the tracer writes when a thread is born. It saves the word that was there, if that was another.
typedef struct {
    void **place;
    void *value;
    void **former;
} ThreadWrite;

_Static_assert(offsetof(ThreadWrite, place) == THREAD_WRITES_PLACE, "layout");
_Static_assert(offsetof(ThreadWrite, value) == THREAD_WRITES_VALUE, "layout");
_Static_assert(offsetof(ThreadWrite, former) == THREAD_WRITES_FORMER, "layout");
_Static_assert(sizeof(ThreadWrite) == THREAD_WRITES_STRIDE, "layout");

enum { MOST_INTERPRETERS = 64 };
EXPORT struct {
    uint64_t count;
    ThreadWrite writes[MOST_INTERPRETERS];
} forkcov_threads = {0};

_Static_assert(offsetof(__typeof__(forkcov_threads), count) == THREAD_WRITES_COUNT, "layout");
_Static_assert(offsetof(__typeof__(forkcov_threads), writes) == THREAD_WRITES_FIRST, "layout");
_Static_assert((uint64_t)MOST_INTERPRETERS <= THREAD_WRITES_MOST, "the tracer reads fewer");

// Where the log is mapped. The recorder writes it before the probe starts.
EXPORT struct {
    char *address; // null if nothing can be logged
    uint64_t mapped; // bytes
} forkcov_log = {0};

_Static_assert(offsetof(__typeof__(forkcov_log), address) == LOG_MAPPING_ADDRESS, "layout");
_Static_assert(offsetof(__typeof__(forkcov_log), mapped) == LOG_MAPPING_LENGTH, "layout");
_Static_assert(sizeof forkcov_log == LOG_MAPPING_SIZE, "layout");

// Read by the tracer in a new process: if 0, it calls `forkcov_after_fork` there. It is 1 while a function of
// the interpreter's own forks, which notifies the probe itself, and where the probe has nothing to do in a
// child.
EXPORT uint32_t forkcov_fork_flag = 0;
