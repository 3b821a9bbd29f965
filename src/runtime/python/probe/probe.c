// The probe that runs inside a Python interpreter: forkcov maps it into the process and calls
// `forkcov_start`.
//
// It needs no C library, calls the interpreter's public functions alone, and has no pointer that needs
// relocation: it can be copied to any address of a process, whatever C library that has. It writes to the
// log, a shared mapping of a file: what is written is kept, however the process ends.
//
// This is its one translation unit. All functions but the exported ones are static, so calls need no
// relocation either. The files are included in the order in which they use each other.
#include <probe.h> // of the machine, like the next
#include <probe_traps.h>

#include "probe/shared.h"
#include "probe/lock.h"
#include "probe/heap.c"
#include "probe/log.c"
#include "probe/source_files.c"

#include "python/probe/interpreter.h"
#include "python/probe/settrace.h"
#include "python/probe/instances.c"
#include "python/probe/code_lock.c"
#include "python/probe/code_data.c"
#include "python/probe/code_objects.c"
#include "python/probe/native_code.c" // CPython 3.13 and later
#include "python/probe/fork.c"
#include "python/probe/context.c"
#include "python/probe/unittest.c"
#include "python/probe/test_results.c"
#include "python/probe/bytecode.c" // CPython 3.12 and later, like the next
#include "python/probe/branches.c"
#include "python/probe/monitoring.c" // CPython 3.12 and later
#include "python/probe/trace_arcs.c" // CPython before 3.12, like the next: goes with 3.11
#include "python/probe/settrace.c" // CPython before 3.12, with settrace.h: goes with 3.11
#include "python/probe/settrace_threads.c" // the same
#include "python/probe/start.c"
