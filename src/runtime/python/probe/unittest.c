// Tests of unittest: a test begins when `__call__` or `run` of its TestCase begins, and ends when that
// returns. One calls the other, as may methods of the program that override them: the outermost one counts.

// Is the frame called by one that runs a test?
static int is_within_test(const Instance *instance, Object *frame) {
    int is_within = 0;
    Object *caller = python.PyFrame_GetBack(frame);
    while (caller && !is_within) {
        Object *code = python.PyFrame_GetCode(caller);
        CodeData *data = known_data(instance, code);
        is_within = data && data != NOT_COVERED && data->test_role == RUNS_TEST;
        python.Py_DecRef(code);
        Object *next = python.PyFrame_GetBack(caller);
        python.Py_DecRef(caller);
        caller = next;
    }
    if (caller)
        python.Py_DecRef(caller);
    return is_within;
}

// The test of this name begins, or the one that runs ends if the name is empty.
static void change_test(const char *name, Size size) {
    uint64_t context = forkcov_question(QUESTION_TEST, (uint64_t)name, size);
    if (!context)
        return;
    forkcov_process.context = context;
    forkcov_begin_context();
}

// A local variable of a frame; null if there is none of that name.
static Object *local(Object *frame, const char *name) {
    Object *locals = attribute(frame, "f_locals");
    Object *value = locals ? python.PyObject_CallMethod(locals, "get", "s", name) : NULL;
    python.PyErr_Clear();
    if (locals)
        python.Py_DecRef(locals);
    return value;
}

static Object *call(Object *of, const char *method) {
    Object *value = of ? python.PyObject_CallMethod(of, method, NULL) : NULL;
    python.PyErr_Clear();
    return value;
}

static void release_object(Object *object) {
    if (object)
        python.Py_DecRef(object);
}

// What a test calls itself: `test_login.Login.test_twice`. Null if it does not.
static Object *test_name(Object *frame) {
    Object *test = local(frame, "self");
    Object *name = call(test, "id");
    release_object(test);
    return name;
}

static int can_see_tests(void) {
    return python.PyFrame_GetBack && python.PyFrame_GetCode && !forkcov_process.is_released;
}

static void begin_test(const Instance *instance, Object *frame) {
    if (!frame || !can_see_tests() || is_within_test(instance, frame))
        return;
    Object *name = test_name(frame);
    Size size = 0;
    const char *text = name ? python.PyUnicode_AsUTF8AndSize(name, &size) : NULL;
    python.PyErr_Clear();
    // What is at 0 cannot be read.
    change_test(text, text ? size : 1);
    if (name)
        python.Py_DecRef(name);
}

static void end_test(const Instance *instance, Object *frame) {
    if (frame && can_see_tests() && !is_within_test(instance, frame))
        change_test(NULL, 0);
}
