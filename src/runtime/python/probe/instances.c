// What the probe keeps of each interpreter of the process. Subinterpreters have a lock each and may run at
// once.

typedef struct Instance {
    struct Instance *next;
    Interpreter *interpreter;
    Size extra; // index of the probe's data of a code object (PEP 523)
    // since 3.12: objects of sys.monitoring
    Object *disable, *set_local_events, *restart_events, *tool, *start_event, *line_event, *local_events, *test_events;
    int has_all_lines; // the tool has the lines of all code
    // before 3.12
    Tracing tracing;
} Instance;

static Instance *instances;
static long version; // PY_VERSION_HEX

// That of the calling thread; null if there is none.
static Instance *current_instance(void) {
    Interpreter *interpreter = python.PyInterpreterState_Get();
    Instance *instance = instances;
    while (instance && instance->interpreter != interpreter)
        instance = instance->next;
    return instance;
}

// What a callback returns of which the event is not to come again from the same place (since 3.12).
static Object *disable_event(Instance *instance) {
    python.Py_IncRef(instance->disable);
    return instance->disable;
}

// And what it returns to leave it enabled.
static Object *keep_event(Object *self) {
    python.Py_IncRef(self);
    return self;
}

static void add_instance(Instance *instance) {
    lock(&forkcov_process.lists_lock);
    instance->next = instances;
    __atomic_store_n(&instances, instance, __ATOMIC_RELEASE);
    unlock(&forkcov_process.lists_lock);
}

// Its memory stays: another thread may still be in a function of the probe's.
static void remove_instance(Instance *instance) {
    lock(&forkcov_process.lists_lock);
    Instance **link = &instances;
    while (*link && *link != instance)
        link = &(*link)->next;
    if (*link)
        *link = instance->next;
    unlock(&forkcov_process.lists_lock);
}
