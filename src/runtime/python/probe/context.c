// Contexts: what runs for one, as a test, counts even if it ran for another before.

// The tracer calls this when a context begins, in the thread that runs it. From CPython 3.12 on, lines that
// were disabled are enabled again; before, settrace.c compares `last_run_by`.
EXPORT void forkcov_begin_context(void) {
    end_log();
    if (version >= PYTHON_SINCE_MONITORING && python.PyGILState_Check && python.PyGILState_Check())
        restart_events(NULL);
}
