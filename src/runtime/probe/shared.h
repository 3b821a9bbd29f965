// The memory that a probe shares with the tracer and the recorder. Its layout is written in Rust; build.rs
// generates protocol.h from that.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

#define EXPORT __attribute__((visibility("hidden"), used))

// The state that belongs to one process, on a page of its own. The tracer resets it before a process runs
// that has the probe, be it by the probe's start or by a fork: a lock that another thread of the parent holds
// is free in the child. The kernel clears it in a child (MADV_WIPEONFORK), should the tracer not be able to.
enum { STATE_PAGE = 4096 };
EXPORT struct {
    uint32_t number; // of the process in the run, plus 1
    uint32_t is_released; // the tracer is gone: nothing is logged any more
    uint32_t threads_born; // counted by the tracer
    uint32_t threads_met; // of these, the threads that the probe has seen running
    uint32_t log_lock;
    uint32_t heap_lock;
    uint32_t lists_lock;
    uint32_t log_state;
    uint64_t log_next; // the offset of the next record
    char *log; // where it is mapped
    uint64_t log_mapped; // bytes; the file may have less
    uint32_t context; // what runs for another one counts again; 0 if none has begun
    uint32_t describes_code; // the log of the process does
    uint32_t place; // of its log among the logs of children, plus 1; 0 if it has none there, or no more
    uint32_t log_number; // of that log, plus 1
    void *inside; // the thread that has `runtime_lock`
    uint32_t times_inside; // how often that has taken it
    uint32_t runtime_lock; // the first byte is a lock of the runtime's
    char rest[STATE_PAGE - 88];
} __attribute__((aligned(STATE_PAGE))) forkcov_process = {0};

_Static_assert(offsetof(__typeof__(forkcov_process), number) == PROCESS_NUMBER, "layout");
_Static_assert(offsetof(__typeof__(forkcov_process), threads_born) == PROCESS_THREADS_BORN, "layout");
_Static_assert(offsetof(__typeof__(forkcov_process), is_released) == PROCESS_IS_RELEASED, "layout");
_Static_assert(offsetof(__typeof__(forkcov_process), context) == PROCESS_CONTEXT, "layout");
_Static_assert(offsetof(__typeof__(forkcov_process), place) == PROCESS_PLACE, "layout");
_Static_assert(offsetof(__typeof__(forkcov_process), log_number) == PROCESS_LOG_NUMBER, "layout");
_Static_assert(offsetof(__typeof__(forkcov_process), rest) == PROCESS_SIZE, "layout");
_Static_assert(sizeof forkcov_process == STATE_PAGE, "layout");

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

// The log of the process. The recorder writes it when it is asked for a log; until then a child has here what
// its parent had, so `number` is the log that describes the code objects that are known.
EXPORT struct {
    uint64_t size; // of the file
    uint32_t first; // number of the slot at offset 0
    uint32_t number; // of the log, plus 1; 0 if there has been none
} forkcov_log = {0};

_Static_assert(offsetof(__typeof__(forkcov_log), size) == LOG_MAPPING_FILE_SIZE, "layout");
_Static_assert(offsetof(__typeof__(forkcov_log), first) == LOG_MAPPING_FIRST, "layout");
_Static_assert(offsetof(__typeof__(forkcov_log), number) == LOG_MAPPING_NUMBER, "layout");
_Static_assert(sizeof forkcov_log == LOG_MAPPING_SIZE, "layout");

// Read by the tracer in a new process: if 0, it calls `forkcov_after_fork` there. It counts the forks by
// functions of the interpreter's own, which notifies the probe itself. It is 1 where the probe has nothing to
// do in a child.
EXPORT uint32_t forkcov_fork_flag = 0;

// Whether branches are measured, too: written by the recorder before the probe starts.
EXPORT uint32_t forkcov_branches = 0;

// Whether the tests of the interpreter's own test framework begin contexts: likewise.
EXPORT uint32_t forkcov_tests = 0;

// Whether it is to be said how tests end: likewise.
EXPORT uint32_t forkcov_results = 0;
