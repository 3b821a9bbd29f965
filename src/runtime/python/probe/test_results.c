// How tests of unittest and pytest end, as their frameworks say.

// The test of this name has ended, or a phase of it; if it `is_last`, the framework stops behind it.
static void say_result_and_stop(Object *name, int has_failed, int is_last) {
    Size size = 0;
    const char *text = name ? python.PyUnicode_AsUTF8AndSize(name, &size) : NULL;
    python.PyErr_Clear();
    if (text && size > 0)
        forkcov_question(QUESTION_RESULT, (uint64_t)text, (uint64_t)size << 2 | !!is_last << 1 | !!has_failed);
}

static void say_result(Object *name, int has_failed) {
    say_result_and_stop(name, has_failed, 0);
}

static int is_text(Object *object, const char *expected) {
    Size size = 0, length = string_length(expected);
    const char *text = object ? python.PyUnicode_AsUTF8AndSize(object, &size) : NULL;
    python.PyErr_Clear();
    return text && size == length && has_end(text, size, expected, length);
}

static int has_text(Object *of, const char *name, const char *expected) {
    Object *value = of ? attribute(of, name) : NULL;
    int is_it = is_text(value, expected);
    release_object(value);
    return is_it;
}

// The last item of a list; null if it has none.
static Object *item(Object *of, int at) {
    Object *value = of ? python.PyObject_CallMethod(of, "__getitem__", "i", at) : NULL;
    python.PyErr_Clear();
    return value;
}

// Is the last entry of a list of a TestResult that of the test, or of a subtest of it? Tests are added one
// after the other.
static int is_last(Object *result, const char *list, Object *test, int is_pair) {
    Object *entries = attribute(result, list);
    Object *entry = item(entries, -1);
    Object *of = is_pair ? item(entry, 0) : entry;
    Object *around = of && of != test ? attribute(of, "test_case") : NULL;
    int is_it = of && (of == test || around == test);
    release_object(around);
    if (is_pair)
        release_object(of);
    release_object(entry);
    release_object(entries);
    return is_it;
}

// `TestCase.run` returns. A result without these lists is one of the program's own, and says nothing.
static void report_of_unittest(Object *frame) {
    Object *test = local(frame, "self"), *result = local(frame, "result");
    Object *failures = test && result ? attribute(result, "failures") : NULL;
    if (failures) {
        int has_failed = is_last(result, "failures", test, 1) || is_last(result, "errors", test, 1) ||
                         is_last(result, "unexpectedSuccesses", test, 0);
        int is_last = !!number_attribute(result, "shouldStop");
        python.PyErr_Clear();
        Object *name = call(test, "id");
        say_result_and_stop(name, has_failed, is_last);
        release_object(name);
    }
    release_object(failures);
    release_object(result);
    release_object(test);
}

// A fixture of a class or a module has failed, or skips its tests.
static void report_of_fixture(Object *frame) {
    Object *exception = local(frame, "exc"), *name = local(frame, "errorName");
    if (!exception)
        exception = local(frame, "exception"); // in 3.8
    Object *type = exception ? attribute(exception, "__class__") : NULL;
    if (!has_text(type, "__name__", "SkipTest"))
        say_result(name, 1);
    release_object(type);
    release_object(exception);
    release_object(name);
}

// Will the session of pytest end after one more failure?
static int is_last_failure(Object *frame) {
    Object *session = local(frame, "self"), *config = session ? attribute(session, "config") : NULL;
    Object *options = config ? attribute(config, "option") : NULL;
    long most = options ? number_attribute(options, "maxfail") : 0;
    int is_last = most > 0 && number_attribute(session, "testsfailed") + 1 >= most;
    python.PyErr_Clear();
    release_object(options);
    release_object(config);
    release_object(session);
    return is_last;
}

// The session of pytest counts a report: of a phase of a test, or of a module that was collected.
static void report_of_pytest(Object *frame) {
    Object *report = local(frame, "report");
    Object *expected = report ? attribute(report, "wasxfail") : NULL;
    int has_failed = has_text(report, "outcome", "failed") && !expected;
    if (has_failed || has_text(report, "when", "teardown")) {
        Object *name = attribute(report, "nodeid");
        say_result_and_stop(name, has_failed, has_failed && is_last_failure(frame));
        release_object(name);
    }
    release_object(expected);
    release_object(report);
}

static void test_function_starts(const Instance *instance, const CodeData *data, Object *frame) {
    if (data->test_role == RUNS_TEST)
        begin_test(instance, frame);
    else if (frame && can_see_tests() && data->test_role == FAILS_FIXTURE)
        report_of_fixture(frame);
    else if (frame && can_see_tests())
        report_of_pytest(frame);
}

static void test_function_returns(const Instance *instance, const CodeData *data, Object *frame) {
    if (data->test_role != RUNS_TEST)
        return;
    if (frame && can_see_tests())
        report_of_unittest(frame);
    end_test(instance, frame);
}
