// Native code that reports its lines through sys.monitoring (PEP 669, from CPython 3.13 on), in the name of a
// code object that the interpreter never runs: extension modules that Cython has compiled with `linetrace`.
//
// It asks which events are wanted when one of its functions is entered, and looks at the events of the tool
// alone, not at those of a code object. So the tool wants all lines as soon as there is such code. The
// function in which that is noticed reports no lines: its code object does not count. It is mostly that of
// the module.
//
// A disabled event is disabled until the function returns, for all lines of it. So no line is disabled here.
// And there may be a new code object for each call: what belongs together is found by source, line and name.

typedef struct NativeCode {
    struct NativeCode *next;
    uint32_t file; // number of its source file
    long first_line;
    size_t name_size;
    CodeData data;
    char name[];
} NativeCode;

static NativeCode *native_codes;

// Does other code than the interpreter report this code object's events?
static int is_native(Object *code) {
    Object *frame = python.PyEval_GetFrame();
    Object *its_code = frame && python.PyFrame_GetCode ? python.PyFrame_GetCode(frame) : NULL;
    int is_other = its_code != code && (its_code || !frame);
    if (its_code)
        python.Py_DecRef(its_code);
    return is_other;
}

// The known code of this source, line and name; null if there is none.
static NativeCode *find_native(uint32_t file, long first_line, const char *name, size_t size) {
    NativeCode *native = native_codes;
    for (; native; native = native->next) {
        int is_same = native->file == file && native->first_line == first_line && native->name_size == size;
        for (size_t at = 0; is_same && at < size; at++)
            is_same = native->name[at] == name[at];
        if (is_same)
            break;
    }
    return native;
}

// The code of the same source, line and name as this code object, whose lines are new if `has_lines`. Null if
// the source does not count.
static NativeCode *native_code(Object *code, int has_lines) {
    uint32_t file = source_file_of(code);
    if (!file)
        return NULL;
    Attributes of = attributes_of(code);
    Size size = 0;
    const char *name = of.name ? python.PyUnicode_AsUTF8AndSize(of.name, &size) : NULL;
    long first_line = number_attribute(code, "co_firstlineno");
    NativeCode *native = name ? find_native(file, first_line, name, size) : NULL;
    if (name && !native && (native = allocate(sizeof *native + size))) {
        native->file = file;
        native->first_line = first_line;
        native->name_size = size;
        copy_bytes(native->name, name, size);
        CodeRecord record = {.file = file, .flags = PYTHON_NATIVE_CODE, .name = name, .name_size = size};
        if (has_lines)
            log_attributes(&native->data, code, &of, record);
        native->next = native_codes;
        native_codes = native;
    }
    release(&of);
    return native;
}

// Attaches data to a code object in whose name a function of native code is entered.
static void attach_native(Instance *instance, Object *code) {
    Object *type, *value, *trace;
    python.PyErr_Fetch(&type, &value, &trace);
    int had_all_lines = !want_of_all(instance, python.PyLong_AsLong(instance->line_event));
    NativeCode *native = native_code(code, had_all_lines);
    CodeData *data = native && native->data.slot ? allocate(sizeof *data) : NULL;
    if (data)
        data->native = &native->data;
    if (attach(instance, code, data ? data : NOT_COVERED))
        free_code_data(data);
    python.PyErr_Clear();
    python.PyErr_Restore(type, value, trace);
}

static void enter_native(Instance *instance, Object *code) {
    lock_codes();
    if (!known_data(instance, code))
        attach_native(instance, code);
    unlock_codes();
}

// A line of native code runs.
static void native_line_runs(CodeData *native, int line) {
    lock_codes();
    int is_first = is_new(native, line);
    unlock_codes();
    if (is_first)
        log_line(native->slot, line);
}
