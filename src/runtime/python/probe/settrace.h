// What settrace.c keeps of an interpreter and its threads (CPython before 3.12).
#pragma once

// The trace functions of a thread.
typedef struct {
    Trace *function; // the probe's, or the program's own, which the probe's calls
    int is_changing; // the program is setting another one
    Object *frame; // in which it does so
} ThreadTrace;

// The tracing of an interpreter.
typedef struct {
    Evaluate **eval_slot; // where the interpreter keeps the function that evaluates frames
    Evaluate *former_eval; // what was there before the probe's, if that was not the interpreter's own
    ThreadTrace *threads; // by the identifiers of the threads
    size_t threads_size;
} Tracing;
