// What the probe keeps of each interpreter of the process. Subinterpreters have a lock each and may run at
// once.

typedef struct Instance {
    struct Instance *next;
    Interpreter *interpreter;
    Size extra; // index of the probe's data of a code object (PEP 523)
    // since 3.12: objects of sys.monitoring
    Object *disable, *set_local_events, *restart_events, *tool, *start_event, *line_event, *local_events, *test_events;
    long events_of_all; // the events of all code that the tool has
    Object *stop_async_iteration; // where the end of an asynchronous loop has no event of its own
    long handled_event;
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

// Lets the tool of an interpreter have more events of all code. Gives 0 if it had them before.
static int want_of_all(Instance *instance, long events) {
    if ((instance->events_of_all & events) == events)
        return 0;
    instance->events_of_all |= events;
    Object *monitoring = python.PySys_GetObject("monitoring");
    Object *all = python.PyLong_FromLong(instance->events_of_all);
    if (monitoring && all)
        python.PyObject_CallMethod(monitoring, "set_events", "OO", instance->tool, all);
    if (all)
        python.Py_DecRef(all);
    return 1;
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
