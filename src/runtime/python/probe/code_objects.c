// Describes code objects in the log: each one at its first start, with all code objects in it.

// Is a function one that evaluates annotations (PEP 649)? The compiler makes them since CPython 3.14. No
// statement is in them: an annotation with a value has code in the function around it, too.
static int is_annotate(Object *code, const char *name, Size size) {
    static const char annotate[] = "__annotate__";
    Size at = size - (Size)(sizeof annotate - 1);
    if (version < PYTHON_SINCE_ANNOTATE_FUNCTIONS || at < 0 || (at > 0 && name[at - 1] != '.'))
        return 0;
    for (size_t byte = 0; byte < sizeof annotate - 1; byte++)
        if (name[at + byte] != annotate[byte])
            return 0;
    // A function of that name in a source seldom has a parameter that is positional only.
    return number_attribute(code, "co_posonlyargcount") == 1;
}

// Attributes of a code object; null if it has none of that name.
typedef struct {
    Object *name;
    Object *table; // of lines
    Object *instructions; // only where the table may go on after their end
    Object *constants;
} Attributes;

static Object *attribute(Object *code, const char *name) {
    Object *value = python.PyObject_GetAttrString(code, name);
    if (!value)
        python.PyErr_Clear();
    return value;
}

// Which of two names an attribute has is a matter of the version; a name that is not there is no error.
static Attributes attributes_of(Object *code) {
    Attributes of = {0};
    of.name = attribute(code, "co_qualname"); // since 3.11
    if (!of.name)
        of.name = attribute(code, "co_name");
    of.table = attribute(code, "co_linetable"); // since 3.10
    if (!of.table) {
        of.table = attribute(code, "co_lnotab");
        of.instructions = attribute(code, "co_code");
    }
    of.constants = attribute(code, "co_consts");
    return of;
}

static void release(Attributes *of) {
    Object *all[] = {of->name, of->table, of->instructions, of->constants};
    for (size_t at = 0; at < sizeof all / sizeof *all; at++)
        if (all[at])
            python.Py_DecRef(all[at]);
}

static int is_module(const char *name, size_t size) {
    static const char module[] = "<module>";
    size_t at = 0;
    while (at < sizeof module - 1 && at < size && name[at] == module[at])
        at++;
    return at == sizeof module - 1 && at == size;
}

// Logs a code object, if it has a line table.
static void log_attributes(CodeData *data, Object *code, const Attributes *of, CodeRecord record) {
    char *bytes = NULL;
    Size size = 0;
    if (of->instructions && !python.PyBytes_AsStringAndSize(of->instructions, &bytes, &size))
        record.code_size = size;
    if (!of->table || python.PyBytes_AsStringAndSize(of->table, &bytes, &size))
        return;
    record.table = bytes;
    record.table_size = size;
    record.flags |= number_attribute(code, "co_flags");
    enum { GENERATOR = 0x20, COROUTINE = 0x80, ASYNC_GENERATOR = 0x200 };
    data->is_resumed = record.flags & (GENERATOR | COROUTINE | ASYNC_GENERATOR) ? 1 : 0;
    record.first_line = data->first_line = number_attribute(code, "co_firstlineno");
    // In 3.9, a module begins at its first statement.
    data->left_at = is_module(record.name, record.name_size) ? 1 : data->first_line;
    data->slot = log_code(&record);
}

static Size string_length(const char *text) {
    Size length = 0;
    while (text[length])
        length++;
    return length;
}

static int has_end(const char *text, Size size, const char *end, Size length) {
    for (Size at = 1; at <= length && at <= size; at++)
        if (text[size - at] != end[length - at])
            return 0;
    return length <= size;
}

// Functions of test frameworks that the probe knows.
enum { NO_ROLE, RUNS_TEST, FAILS_FIXTURE, REPORTS_TEST };

static const struct {
    char name[40];
    char file[24];
    int role;
} test_functions[] = {
    {"run", "/unittest/case.py", RUNS_TEST},
    {"__call__", "/unittest/case.py", RUNS_TEST},
    {"run", "/unittest/async_case.py", RUNS_TEST},
    {"__call__", "/unittest/async_case.py", RUNS_TEST},
    {"_addClassOrModuleLevelException", "/unittest/suite.py", FAILS_FIXTURE},
    {"pytest_runtest_logreport", "/_pytest/main.py", REPORTS_TEST},
};

// Which of these a code object is.
static int test_role(Object *code) {
    Object *name = forkcov_results ? attribute(code, "co_name") : NULL;
    Object *file = name ? attribute(code, "co_filename") : NULL;
    Size size = 0, file_size = 0;
    const char *text = file ? python.PyUnicode_AsUTF8AndSize(name, &size) : NULL;
    const char *path = text ? python.PyUnicode_AsUTF8AndSize(file, &file_size) : NULL;
    int role = NO_ROLE;
    for (size_t at = 0; path && at < sizeof test_functions / sizeof *test_functions; at++) {
        const char *wanted = test_functions[at].name, *end = test_functions[at].file;
        Size length = string_length(wanted);
        if (size == length && has_end(text, size, wanted, length) &&
            has_end(path, file_size, end, string_length(end)))
            role = test_functions[at].role;
    }
    python.PyErr_Clear();
    if (name)
        python.Py_DecRef(name);
    if (file)
        python.Py_DecRef(file);
    return role == REPORTS_TEST || forkcov_tests ? role : NO_ROLE;
}

static CodeData *describe(Instance *instance, Object *code, uint32_t file, uint32_t parent, Object *type);

// Describes the code objects among the constants of another. Says whether there are any.
static int describe_nested(Instance *instance, Object *constants, uint32_t file, uint32_t parent,
                            Object *type) {
    Size count = python.PyTuple_Size(constants);
    int any = 0;
    for (Size at = 0; at < count; at++) {
        Object *constant = python.PyTuple_GetItem(constants, at);
        Object *its_type = python.PyObject_Type(constant);
        if (its_type == type) {
            describe(instance, constant, file, parent, type);
            any = 1;
        }
        python.Py_DecRef(its_type);
    }
    return any;
}

// Describes a code object in the log, and the code objects in it. If `file` is 0, they do not count.
static CodeData *describe(Instance *instance, Object *code, uint32_t file, uint32_t parent, Object *type) {
    CodeData *data = allocate(sizeof *data);
    if (!data)
        return NOT_COVERED;
    Attributes of = attributes_of(code);
    Size name_size = 0;
    const char *name = of.name ? python.PyUnicode_AsUTF8AndSize(of.name, &name_size) : NULL;
    if (name && is_annotate(code, name, name_size))
        file = 0; // the code objects in it do not count either
    CodeRecord record = {.file = file, .parent = parent, .name = name, .name_size = name ? name_size : 0};
    if (file)
        log_attributes(data, code, &of, record);
    python.PyErr_Clear();
    data->test_role = test_role(code);
    if (!data->slot && !data->test_role) {
        free_code_data(data);
        data = NOT_COVERED;
    }
    if (attach(instance, code, data)) {
        free_code_data(data);
        data = NOT_COVERED;
    }
    uint32_t slot = data == NOT_COVERED ? 0 : data->slot;
    int has_nested = 0;
    if (of.constants && (slot || !file))
        has_nested = describe_nested(instance, of.constants, file, slot, type);
    if (data != NOT_COVERED)
        data->has_watched_lines = has_nested || data->is_resumed;
    python.PyErr_Clear();
    release(&of);
    return data;
}

// The number of the source file of a code object; 0 if it does not count.
static uint32_t source_file_of(Object *code) {
    uint32_t file = 0;
    Object *name = python.PyObject_GetAttrString(code, "co_filename");
    Object *bytes = name ? python.PyUnicode_EncodeFSDefault(name) : NULL;
    char *text;
    Size size;
    if (bytes && !python.PyBytes_AsStringAndSize(bytes, &text, &size))
        file = source_file_number(text, size);
    python.PyErr_Clear();
    if (bytes)
        python.Py_DecRef(bytes);
    if (name)
        python.Py_DecRef(name);
    return file;
}

// Describes a code object that has none of the probe's data, if its source file counts.
static CodeData *describe_first(Instance *instance, Object *code) {
    Object *type, *value, *trace; // of an exception that is being handled, as when a generator is closed
    python.PyErr_Fetch(&type, &value, &trace);
    CodeData *data = NOT_COVERED;
    uint32_t file = source_file_of(code);
    if (file || test_role(code)) {
        Object *its_type = python.PyObject_Type(code);
        data = describe(instance, code, file, 0, its_type);
        python.Py_DecRef(its_type);
    }
    python.PyErr_Clear();
    if (data == NOT_COVERED && attach(instance, code, NOT_COVERED))
        python.PyErr_Clear();
    python.PyErr_Restore(type, value, trace);
    return data;
}

// The probe's data of a code object that runs.
static inline CodeData *code_data(Instance *instance, Object *code) {
    lock_codes();
    CodeData *known = known_data(instance, code);
    CodeData *data = known ? known : describe_first(instance, code);
    unlock_codes();
    return data;
}
