// How each thread gets the trace function, before CPython 3.12: when it evaluates its first frame, and again
// after the program has set a trace function of its own.
//
// For that the probe replaces the function that evaluates frames (PEP 523), but only as long as a thread has
// been born that has not evaluated a frame: frames take more of the C stack so. The tracer replaces it when a
// thread is born, before that runs (`forkcov_threads`).
//
// Native code of a debugger's may write a trace function of its own into a thread, without a call of the
// interpreter's (pydevd does, through ctypes). So once the program uses ctypes, the function that evaluates
// frames stays replaced, and each frame looks at its end whether the probe's trace function is still there.

static Evaluate *default_eval;
static int uses_ctypes;

static int has_new_threads(void) {
    return __atomic_load_n(&forkcov_process.threads_born, __ATOMIC_ACQUIRE) != forkcov_process.threads_met;
}

static int install_later(void *unused);

// Does the thread have a trace function that was written into it?
static int was_overwritten(const Tracing *tracing, Thread *thread) {
    Trace *function = ((Trace **)thread)[function_word];
    return function && function != trace && function != trace_and_forward &&
           is_traced(tracing, python.PyThreadState_GetID(thread));
}

// Evaluates a frame, and looks whether native code that it has called has written a trace function.
static Object *evaluate_watched(Tracing *tracing, Evaluate *next, Thread *thread, void *frame, int throws) {
    if (was_overwritten(tracing, thread))
        install_trace(tracing, thread);
    Object *result = next(thread, frame, throws);
    if (was_overwritten(tracing, thread))
        install_trace(tracing, thread);
    return result;
}

static Object *evaluate(Thread *thread, void *frame, int throws) {
    Instance *instance = current_instance();
    if (!instance) // the interpreter is about to end
        return default_eval(thread, frame, throws);
    Tracing *tracing = &instance->tracing;
    Evaluate *next = tracing->former_eval ? tracing->former_eval : default_eval;
    if (!is_traced(tracing, python.PyThreadState_GetID(thread)))
        forkcov_process.threads_met += install_trace(tracing, thread);
    if (!uses_ctypes && !has_new_threads() && python.GetEvalFrame(instance->interpreter) == evaluate) {
        python.SetEvalFrame(instance->interpreter, next);
        if (has_new_threads())
            python.SetEvalFrame(instance->interpreter, evaluate);
    }
    if (is_traced(tracing, python.PyThreadState_GetID(thread)))
        return evaluate_watched(tracing, next, thread, frame, throws);
    // The frame is an audit hook's. The pending call has run, or will run, too early: another one is for
    // after the hook.
    Object *result = next(thread, frame, throws);
    python.Py_AddPendingCall(install_later, NULL);
    return result;
}

static int install_later(void *unused) {
    (void)unused;
    Instance *instance = current_instance();
    Thread *thread = python.PyThreadState_Get();
    uint64_t id = instance ? python.PyThreadState_GetID(thread) : 0;
    if (!instance || is_traced(&instance->tracing, id))
        return 0;
    Tracing *tracing = &instance->tracing;
    if (install_trace(tracing, thread)) {
        forkcov_process.threads_met++;
    } else if (id < tracing->threads_size && tracing->threads[id].frame == python.PyEval_GetFrame()) {
        // An audit hook has refused the program's change.
        tracing->threads[id].is_changing = 0;
        forkcov_process.threads_met++;
    }
    return 0;
}

static int is_equal(const char *a, const char *b) {
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static int is_begun_by(const char *text, const char *prefix) {
    while (*prefix && *text == *prefix)
        text++, prefix++;
    return !*prefix;
}

// Replaces the function that evaluates frames.
static void replace_eval(Instance *instance) {
    Evaluate *now = python.GetEvalFrame(instance->interpreter);
    if (now != evaluate) {
        instance->tracing.former_eval = now == default_eval ? NULL : now;
        python.SetEvalFrame(instance->interpreter, evaluate);
    }
}

// A thread is setting another trace function: the probe's is put before that as soon as it is set. The main
// thread does so at once; another thread at the next function that it calls, as there is no earlier moment.
static void expect_trace(Instance *instance) {
    Tracing *tracing = &instance->tracing;
    uint64_t id = python.PyThreadState_GetID(python.PyThreadState_Get());
    if (!is_traced(tracing, id))
        return;
    tracing->threads[id].is_changing = 1;
    tracing->threads[id].frame = python.PyEval_GetFrame();
    forkcov_process.threads_met--;
    replace_eval(instance);
    python.Py_AddPendingCall(install_later, NULL);
}

static int on_audit_event(const char *event, Object *arguments, void *data) {
    (void)arguments, (void)data;
    int sets_trace = !is_setting && is_equal(event, "sys.settrace");
    int is_ctypes = is_begun_by(event, "ctypes.");
    Instance *instance = sets_trace || is_ctypes ? current_instance() : NULL;
    if (instance && sets_trace)
        expect_trace(instance);
    if (instance && is_ctypes) {
        uses_ctypes = 1;
        replace_eval(instance);
    }
    return 0;
}

// Finds where the interpreter keeps the function that evaluates frames.
static int find_eval_slot(Instance *instance) {
    enum { SEARCHED_BYTES = 4096 };
    default_eval = python.GetEvalFrame(instance->interpreter);
    python.SetEvalFrame(instance->interpreter, evaluate);
    Evaluate **words = (Evaluate **)instance->interpreter, **slot = NULL;
    for (size_t at = 0; at < SEARCHED_BYTES / sizeof *words && !slot; at++)
        if (words[at] == evaluate)
            slot = &words[at];
    python.SetEvalFrame(instance->interpreter, default_eval);
    instance->tracing.eval_slot = slot;
    return slot && *slot != evaluate;
}

// Does the interpreter have the optional functions that are called here?
static int can_trace(void) {
    return python.PyEval_SetTrace && python.PyFrame_GetCode && python.PyFrame_GetLineNumber &&
           python.PyThreadState_Get && python.PyThreadState_GetID && python.GetEvalFrame &&
           python.SetEvalFrame && python.PySys_AddAuditHook;
}

// Gives 0, or the diagnostic that says what failed.
static int start_tracing(Instance *instance, int is_first) {
    uint64_t count = forkcov_threads.count;
    if (!can_trace() || count == MOST_INTERPRETERS || !find_eval_slot(instance) ||
        !find_trace_words(python.PyThreadState_Get()))
        return DIAGNOSTIC_START_FAILED;
    Tracing *tracing = &instance->tracing;
    forkcov_threads.writes[count] =
        (ThreadWrite){(void **)tracing->eval_slot, evaluate, (void **)&tracing->former_eval};
    forkcov_threads.count = count + 1;
    if (is_first && python.PySys_AddAuditHook(on_audit_event, NULL))
        return DIAGNOSTIC_START_FAILED;
    forkcov_fork_flag = 1;
    install_trace(tracing, python.PyThreadState_Get());
    return 0;
}

// The interpreter ends: threads that are born must not write to it.
static void stop_tracing(Instance *instance) {
    Tracing *tracing = &instance->tracing;
    for (uint64_t at = 0; at < forkcov_threads.count; at++)
        if (forkcov_threads.writes[at].place == (void **)tracing->eval_slot) {
            forkcov_threads.writes[at] = forkcov_threads.writes[forkcov_threads.count - 1];
            forkcov_threads.count--;
        }
    if (tracing->eval_slot && *tracing->eval_slot == evaluate)
        *tracing->eval_slot = tracing->former_eval ? tracing->former_eval : default_eval;
}
