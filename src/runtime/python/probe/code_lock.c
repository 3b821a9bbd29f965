// The lock of what the probe keeps of code objects. Interpreters that have a lock each run at once (PEP 684),
// as do all threads where there is no such lock (PEP 703). There the functions of PEP 523 are not safe either
// (Objects/codeobject.c).
//
// It is a lock of the interpreter's. While a thread waits for it, the interpreter may stop all others, as it
// does when the one that has the lock changes what is monitored. That one may take it again: the interpreter
// may run code in any of its functions. Before CPython 3.13 there is none.

static void lock_codes(void) {
    if (!python.PyMutex_Lock)
        return;
    Thread *thread = python.PyThreadState_Get();
    if (__atomic_load_n(&forkcov_process.inside, __ATOMIC_RELAXED) != thread) {
        python.PyMutex_Lock((uint8_t *)&forkcov_process.runtime_lock);
        __atomic_store_n(&forkcov_process.inside, thread, __ATOMIC_RELAXED);
    }
    forkcov_process.times_inside++;
}

static void unlock_codes(void) {
    if (!python.PyMutex_Lock || --forkcov_process.times_inside)
        return;
    __atomic_store_n(&forkcov_process.inside, NULL, __ATOMIC_RELAXED);
    python.PyMutex_Unlock((uint8_t *)&forkcov_process.runtime_lock);
}

// Are threads without a common lock possible in this interpreter?
static int is_free_threaded(void) {
    return !!python.SetGIL;
}
