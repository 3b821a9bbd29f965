// The C trace function before CPython 3.12 (PyEval_SetTrace). If the program has a trace function in the same
// thread, both are called.

// The trace function of a thread where the program has none.
static int trace(Object *self, Object *frame, int what, Object *argument) {
    (void)self;
    int is_frame = (forkcov_branches || forkcov_results) && (what == PyTrace_CALL || what == PyTrace_RETURN);
    if (what != PyTrace_LINE && !is_frame)
        return 0;
    Instance *instance = current_instance();
    if (!instance)
        return 0;
    Object *code = python.PyFrame_GetCode(frame);
    CodeData *data = code_data(instance, code);
    int has_role = data != NOT_COVERED && data->test_role;
    if (has_role && what == PyTrace_CALL)
        test_function_starts(instance, data, frame);
    if (is_logged(data)) {
        int line = python.PyFrame_GetLineNumber(frame);
        if (what == PyTrace_LINE && is_new(data, line))
            log_line(data->slot, line);
        if (forkcov_branches)
            trace_arcs(data, code, frame, what, line, argument);
    }
    if (has_role && what == PyTrace_RETURN)
        test_function_returns(instance, data, frame);
    python.Py_DecRef(code);
    return 0;
}

// The probe's trace function calls the program's. sys.gettrace() must give what the program has set, so the
// thread keeps the program's trace object, and the function alone is replaced: directly in the thread's
// memory.
static size_t function_word; // of a thread

static int is_setting; // the probe itself calls PyEval_SetTrace

static void set_trace_function(Trace *function, Object *object) {
    is_setting = 1;
    python.PyEval_SetTrace(function, object);
    is_setting = 0;
}

static ThreadTrace *thread_trace(Tracing *tracing, uint64_t id) {
    if (id >= tracing->threads_size) {
        size_t size = tracing->threads_size ? tracing->threads_size : 16;
        while (size <= id)
            size *= 2;
        ThreadTrace *grown = allocate(size * sizeof *grown);
        if (!grown)
            return NULL;
        if (tracing->threads) {
            copy_bytes(grown, tracing->threads, tracing->threads_size * sizeof *grown);
            deallocate(tracing->threads, tracing->threads_size * sizeof *grown);
        }
        tracing->threads = grown;
        tracing->threads_size = size;
    }
    return &tracing->threads[id];
}

static int is_traced(const Tracing *tracing, uint64_t id) {
    return id < tracing->threads_size && tracing->threads[id].function && !tracing->threads[id].is_changing;
}

static int install_trace(Tracing *tracing, Thread *thread);

// The trace function of a thread where the program has one.
static int trace_and_forward(Object *self, Object *frame, int what, Object *argument) {
    trace(NULL, frame, what, argument);
    Tracing *tracing = &current_instance()->tracing;
    Thread *thread = python.PyThreadState_Get();
    uint64_t id = python.PyThreadState_GetID(thread);
    Trace *theirs = tracing->threads[id].function;
    int result = theirs && theirs != trace ? theirs(self, frame, what, argument) : 0;
    if (!is_traced(tracing, id)) {
        // The program's function has set another one, or has failed and is being taken away.
        Object *type, *value, *traceback;
        python.PyErr_Fetch(&type, &value, &traceback);
        forkcov_process.threads_met += install_trace(tracing, thread);
        python.PyErr_Restore(type, value, traceback);
    }
    return result;
}

// Puts the probe's trace function before the one that a thread has. Gives 0, and does nothing yet, while the
// program is setting another one: the frames that run meanwhile are those of audit hooks.
static int install_trace(Tracing *tracing, Thread *thread) {
    ThreadTrace *known = thread_trace(tracing, python.PyThreadState_GetID(thread));
    if (!known)
        return 0;
    Trace **function = &((Trace **)thread)[function_word];
    int is_ours = *function == trace || *function == trace_and_forward;
    if (is_ours && known->is_changing)
        return 0;
    known->is_changing = 0;
    if (*function && !is_ours) {
        // Its object stays, and no audit hook is called.
        known->function = *function;
        *function = trace_and_forward;
    } else if (*function != trace_and_forward) {
        known->function = trace;
        set_trace_function(trace, NULL);
    }
    return 1;
}

static void **find_word(Thread *thread, void *value) {
    enum { MOST_WORDS_OF_THREAD = 64 };
    void **words = (void **)thread;
    for (size_t at = 1; at < MOST_WORDS_OF_THREAD; at++)
        if (words[at] == value)
            return &words[at];
    return NULL;
}

// Finds where a thread keeps its trace function. Gives 0 if the words that PyEval_SetTrace changes are not
// found.
static int find_trace_words(Thread *thread) {
    Object *some = python.PyDict_New();
    is_setting = 1;
    python.PyEval_SetTrace(trace, some);
    void **function = find_word(thread, trace), **object = find_word(thread, some);
    python.PyEval_SetTrace(NULL, NULL);
    is_setting = 0;
    python.Py_DecRef(some);
    if (!function || !object)
        return 0;
    function_word = function - (void **)thread;
    return !*function && !*object;
}
