// The start of the probe in an interpreter that has just been initialised, and the end of that interpreter.

static void end_instance(Object *capsule) {
    Instance *instance = python.PyCapsule_GetPointer(capsule, NULL);
    stop_tracing(instance);
    remove_instance(instance);
}

// Makes the interpreter call `end_instance` at its end: by a capsule in a dictionary that Python code cannot
// see.
static int hook_end(Instance *instance) {
    Object *dictionary = python.PyInterpreterState_GetDict(instance->interpreter);
    Object *capsule = dictionary ? python.PyCapsule_New(instance, NULL, end_instance) : NULL;
    if (!capsule)
        return -1;
    int failed = python.PyDict_SetItemString(dictionary, "forkcov", capsule);
    python.Py_DecRef(capsule);
    return failed;
}

// Finds where code objects have the data of PEP 523, by one that no other thread has.
static void find_extras(Instance *instance) {
    Object *module = python.PyImport_ImportModule("_frozen_importlib");
    Object *function = module ? attribute(module, "_find_and_load") : NULL;
    Object *code = function ? attribute(function, "__code__") : NULL;
    if (code)
        attach(instance, code, NOT_COVERED);
    python.PyErr_Clear();
    Object *all[] = {code, function, module};
    for (size_t at = 0; at < sizeof all / sizeof *all; at++)
        if (all[at])
            python.Py_DecRef(all[at]);
}

// Gives 0, or the diagnostic that says what failed.
static int start_instance(Instance *instance, int is_first) {
    if (instance->extra < 0 || hook_end(instance))
        return DIAGNOSTIC_START_FAILED;
    if (is_first && is_free_threaded())
        find_extras(instance);
    int has_monitoring = version >= PYTHON_SINCE_MONITORING;
    return has_monitoring ? start_monitoring(instance) : start_tracing(instance, is_first);
}

static void note_version(void) {
    log_version = version;
    if (version < PYTHON_FIRST_UNKNOWN)
        return;
    forkcov_branches = 0; // Its opcodes are not known.
    forkcov_question(QUESTION_DIAGNOSTIC, DIAGNOSTIC_NEWER_VERSION, version);
}

// The tracer calls this when a function has returned that initialises an interpreter.
EXPORT void forkcov_start(void) {
    if (!python.Py_IsInitialized() || python.PyErr_Occurred() || current_instance())
        return;
    int is_first = !instances;
    Instance *instance = allocate(sizeof *instance);
    Object *hexversion = python.PySys_GetObject("hexversion");
    if (!instance || !hexversion)
        return;
    version = python.PyLong_AsLong(hexversion);
    if (is_first) {
        note_version();
        clear_state_in_children();
    }
    instance->interpreter = python.PyInterpreterState_Get();
    instance->extra = python.RequestCodeExtraIndex(free_code_data);
    add_instance(instance);
    int failed = start_instance(instance, is_first);
    python.PyErr_Clear();
    if (failed)
        forkcov_question(QUESTION_DIAGNOSTIC, failed, 0);
}
