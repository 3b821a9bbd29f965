// sys.monitoring (PEP 669), from CPython 3.12 on: each code object is announced once when it starts, each of
// its lines once when it runs.

static Object *code_starts(Object *self, Object *const *arguments, Size count) {
    (void)count;
    Instance *instance = python.PyLong_AsVoidPtr(self);
    if (is_native(arguments[0])) {
        enter_native(instance, arguments[0]);
        return keep_event(self);
    }
    CodeData *data = code_data(instance, arguments[0]);
    if (data == NOT_COVERED)
        return disable_event(instance);
    Object *events = data->test_role ? instance->test_events : instance->local_events;
    Object *none = python.PyObject_CallFunctionObjArgs(instance->set_local_events, instance->tool, arguments[0],
                                                       events, (Object *)0);
    if (!none)
        return NULL;
    python.Py_DecRef(none);
    if (forkcov_branches && data->is_resumed && has_silent_loops())
        listen_to_loops(instance, data, arguments[0]);
    if (!data->test_role)
        return disable_event(instance);
    test_function_starts(instance, data, python.PyEval_GetFrame());
    return keep_event(self);
}

static Object *line_runs(Object *self, Object *const *arguments, Size count) {
    (void)count;
    Instance *instance = python.PyLong_AsVoidPtr(self);
    CodeData *data = code_data(instance, arguments[0]);
    if (data == NOT_COVERED || (!data->native && !data->slot))
        return disable_event(instance);
    long line = python.PyLong_AsLong(arguments[1]);
    if (!data->native) {
        log_line(data->slot, line);
        if (forkcov_branches && data->has_watched_lines)
            follow_line(data, arguments[0], line);
        return disable_event(instance);
    }
    native_line_runs(data->native, line);
    return keep_event(self);
}

// Takes a tool identifier that is free.
static Object *take_tool(Object *monitoring) {
    // sys.monitoring reserves identifiers for debuggers, coverage and profilers: these are tried last.
    static const signed char tools[] = {4, 3, 5, 2, 1, 0};
    for (size_t at = 0; at < sizeof tools; at++) {
        python.PyErr_Clear();
        if (python.PyObject_CallMethod(monitoring, "use_tool_id", "is", (int)tools[at], "forkcov"))
            return python.PyLong_FromLong(tools[at]);
    }
    return NULL;
}

static int register_callback(Instance *instance, Object *monitoring, Object *event, Object *callback) {
    const char *method = "register_callback";
    return python.PyObject_CallMethod(monitoring, method, "OOO", instance->tool, event, callback) ? 0 : -1;
}

static int register_branches(Instance *instance, Object *monitoring, Object *events, Object *self) {
    Object *goes = callback(5, "forkcov_branch", branch_goes, self);
    if (!goes)
        return -1;
    for (int at = 0; branch_event(at); at++) {
        Object *event = python.PyObject_GetAttrString(events, branch_event(at));
        if (!event || register_callback(instance, monitoring, event, goes))
            return -1;
    }
    return 0;
}

static int register_loops(Instance *instance, Object *monitoring, Object *events, Object *self) {
    Object *handled = callback(7, "forkcov_handled", exception_handled, self);
    Object *event = python.PyObject_GetAttrString(events, "EXCEPTION_HANDLED");
    Object *builtins = python.PyImport_ImportModule("builtins");
    if (!handled || !event || !builtins || register_callback(instance, monitoring, event, handled))
        return -1;
    instance->handled_event = python.PyLong_AsLong(event);
    instance->stop_async_iteration = python.PyObject_GetAttrString(builtins, "StopAsyncIteration");
    return instance->stop_async_iteration ? 0 : -1;
}

static int register_returns(Instance *instance, Object *monitoring, Object *events, Object *self) {
    Object *returns = callback(6, "forkcov_return", code_returns, self);
    Object *at_return = python.PyObject_GetAttrString(events, "PY_RETURN");
    if (!returns || !at_return || register_callback(instance, monitoring, at_return, returns))
        return -1;
    long wanted = python.PyLong_AsLong(instance->local_events) | python.PyLong_AsLong(at_return);
    instance->test_events = python.PyLong_FromLong(wanted);
    return instance->test_events ? 0 : -1;
}

// Gives 0, or the diagnostic that says what failed.
static int start_monitoring(Instance *instance) {
    Object *monitoring = python.PySys_GetObject("monitoring");
    Object *self = python.PyLong_FromVoidPtr(instance);
    if (!monitoring || !self)
        return DIAGNOSTIC_START_FAILED;
    instance->disable = python.PyObject_GetAttrString(monitoring, "DISABLE");
    instance->set_local_events = python.PyObject_GetAttrString(monitoring, "set_local_events");
    instance->restart_events = python.PyObject_GetAttrString(monitoring, "restart_events");
    Object *events = python.PyObject_GetAttrString(monitoring, "events");
    instance->start_event = events ? python.PyObject_GetAttrString(events, "PY_START") : NULL;
    instance->line_event = events ? python.PyObject_GetAttrString(events, "LINE") : NULL;
    instance->local_events = forkcov_branches && events && instance->line_event
                                 ? with_branch_events(events, instance->line_event)
                                 : instance->line_event;
    instance->tool = take_tool(monitoring);
    if (!instance->tool)
        return DIAGNOSTIC_NO_TOOL;
    Object *starts = callback(0, "forkcov_start", code_starts, self);
    Object *runs = callback(1, "forkcov_line", line_runs, self);
    if (!starts || !runs || !instance->local_events || hook_forks(self) ||
        register_callback(instance, monitoring, instance->start_event, starts) ||
        register_callback(instance, monitoring, instance->line_event, runs) ||
        ((forkcov_branches || forkcov_results) && register_returns(instance, monitoring, events, self)) ||
        (forkcov_branches && register_branches(instance, monitoring, events, self)) ||
        (forkcov_branches && has_silent_loops() && register_loops(instance, monitoring, events, self)))
        return DIAGNOSTIC_START_FAILED;
    want_of_all(instance, python.PyLong_AsLong(instance->start_event));
    if (python.PyErr_Occurred())
        return DIAGNOSTIC_START_FAILED;
    return 0;
}
