// Forks, from CPython 3.12 on: each line is disabled once it has run, and a child must see the lines again
// that its parent has run. Before 3.12, settrace.c compares `last_run_by`.

static Object *before_fork(Object *self, Object *const *arguments, Size count) {
    (void)arguments, (void)count;
    __atomic_add_fetch(&forkcov_fork_flag, 1, __ATOMIC_SEQ_CST);
    python.Py_IncRef(self);
    return self;
}

static Object *after_fork_in_parent(Object *self, Object *const *arguments, Size count) {
    (void)arguments, (void)count;
    __atomic_sub_fetch(&forkcov_fork_flag, 1, __ATOMIC_SEQ_CST);
    python.Py_IncRef(self);
    return self;
}

static Object *after_fork_in_child(Object *self, Object *const *arguments, Size count) {
    (void)arguments, (void)count;
    Instance *instance = python.PyLong_AsVoidPtr(self);
    forkcov_fork_flag = 0;
    return python.PyObject_CallFunctionObjArgs(instance->restart_events, (Object *)0);
}

static int restart_events(void *unused) {
    (void)unused;
    for (Instance *instance = instances; instance; instance = instance->next) {
        if (instance->interpreter != python.PyInterpreterState_Get())
            continue;
        Object *none = python.PyObject_CallFunctionObjArgs(instance->restart_events, (Object *)0);
        if (none)
            python.Py_DecRef(none);
        else
            python.PyErr_Clear();
    }
    return 0;
}

// The tracer calls this in a child, before that runs, if the interpreter did not fork it itself: a C
// extension did. The fork may have happened anywhere, and without the interpreter's lock, so no other
// function of the interpreter may be called.
EXPORT void forkcov_after_fork(void) {
    python.Py_AddPendingCall(restart_events, NULL);
}

static Method methods[8];

// A Python function that calls `function`.
static Object *callback(int at, const char *name, Function *function, Object *self) {
    methods[at] = (Method){name, function, METH_FASTCALL, NULL};
    return python.PyCFunction_NewEx(&methods[at], self, NULL);
}

// Registers the three functions with os.register_at_fork.
static int hook_forks(Object *self) {
    Object *before = callback(2, "forkcov_before_fork", before_fork, self);
    Object *in_parent = callback(3, "forkcov_in_parent", after_fork_in_parent, self);
    Object *in_child = callback(4, "forkcov_in_child", after_fork_in_child, self);
    Object *posix = python.PyImport_ImportModule("posix");
    Object *at_fork = posix ? python.PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    Object *nothing = python.PyTuple_New(0);
    Object *hooks = python.PyDict_New();
    if (!before || !in_parent || !in_child || !at_fork || !nothing || !hooks)
        return -1;
    python.PyDict_SetItemString(hooks, "before", before);
    python.PyDict_SetItemString(hooks, "after_in_parent", in_parent);
    python.PyDict_SetItemString(hooks, "after_in_child", in_child);
    return python.PyObject_Call(at_fork, nothing, hooks) ? 0 : -1;
}
