// The probe's data of a code object: attached to it, and freed with it (PEP 523).

typedef struct Bytecode Bytecode;
typedef struct ArcSet ArcSet;

typedef struct CodeData {
    uint32_t slot; // of its record in the log
    int first_line;
    int left_at; // an arc that leaves it leads to this line, negated
    uint32_t count; // of `last_run_by`
    uint32_t *last_run_by; // for each line from `first_line` on, the context or process that ran it last
    int is_resumed; // it is that of a generator or a coroutine
    int has_watched_lines; // it may have some
    int test_role; // of a function of a test framework; then it may have no slot
    Bytecode *bytecode; // since 3.12, once a branch of it has been followed
    ArcSet *arcs; // before 3.12
    struct CodeData *native; // what native_code.c keeps of the same code; null if the interpreter runs it
} CodeData;

// The data of a code object that does not count.
static CodeData *const NOT_COVERED = (CodeData *)1;

// Are lines of a code object logged that has this data?
static int is_logged(const CodeData *data) {
    return data != NOT_COVERED && data->slot;
}

static void free_bytecode(Bytecode *bytecode);
static void free_arcs(ArcSet *arcs);

static void free_code_data(void *extra) {
    CodeData *data = extra;
    if (!data || data == NOT_COVERED)
        return;
    if (data->last_run_by)
        deallocate(data->last_run_by, data->count * sizeof *data->last_run_by);
    free_bytecode(data->bytecode);
    free_arcs(data->arcs);
    deallocate(data, sizeof *data);
}

// What a line counts for once: the context, or the process if none has begun.
static uint32_t current_owner(void) {
    return forkcov_process.context ? forkcov_process.context : forkcov_process.number;
}

// Has the process not run this line yet, since the context has begun? A line is logged once by each.
static int is_new(CodeData *data, int line) {
    enum { FEWEST_LINES = 32, MOST_LINES = 1 << 24 };
    uint32_t at = line - data->first_line;
    uint32_t owner = current_owner();
    if (at >= data->count) {
        uint32_t count = FEWEST_LINES;
        while (count <= at && count < MOST_LINES)
            count *= 2;
        uint32_t *grown = at < count ? allocate(count * sizeof *grown) : NULL;
        if (!grown)
            return 1;
        if (data->last_run_by) {
            copy_bytes(grown, data->last_run_by, data->count * sizeof *grown);
            deallocate(data->last_run_by, data->count * sizeof *grown);
        }
        data->last_run_by = grown;
        data->count = count;
    }
    if (data->last_run_by[at] == owner)
        return 0;
    data->last_run_by[at] = owner;
    return 1;
}

// A number that is an attribute of an object; 0 if there is none.
static long number_attribute(Object *of, const char *name) {
    Object *object = python.PyObject_GetAttrString(of, name);
    long number = object ? python.PyLong_AsLong(object) : 0;
    if (object)
        python.Py_DecRef(object);
    return number;
}

// The data that all users of PEP 523 have attached to a code object.
typedef struct {
    Size count;
    void *of[];
} Extras; // _PyCodeObjectExtra

// The word of a code object that points to its `Extras`; 0 until it has been found.
static size_t extras_word;

static int has_searched; // for it, in vain, and is not to do so again

enum { MOST_WORDS = 64 };

// How many words of a code object are searched for the pointer.
static size_t words_to_search(Object *code) {
    if (extras_word || has_searched)
        return 0;
    // Without a lock of the interpreter's, other threads change words of code objects that they have.
    has_searched = is_free_threaded();
    Object *type = python.PyObject_Type(code);
    size_t count = number_attribute(type, "__basicsize__") / sizeof(void *);
    python.Py_DecRef(type);
    return count < MOST_WORDS ? count : MOST_WORDS;
}

// Attaches data to a code object. CPython makes room for every user of PEP 523, and later calls the free
// functions of all of them, also of users that have attached nothing. So empty entries at the end are
// removed: the object then is as if no other user existed.
static int attach(Instance *instance, Object *code, void *data) {
    void **words = (void **)code;
    size_t count = words_to_search(code);
    uint64_t empty = 0;
    for (size_t at = 1; at < count; at++)
        empty |= (uint64_t)!words[at] << at;
    if (python.SetExtra(code, instance->extra, data))
        return -1;
    for (size_t at = 1; at < count; at++)
        if (empty >> at & 1 && words[at])
            extras_word = at;
    if (extras_word) {
        Extras *extras = words[extras_word];
        while (extras->count > instance->extra + 1 && !extras->of[extras->count - 1])
            extras->count--;
    }
    return 0;
}

// The data of a code object that has been attached to it; null if there is none.
static CodeData *known_data(const Instance *instance, Object *code) {
    void *extra = NULL;
    lock_codes();
    python.GetExtra(code, instance->extra, &extra);
    unlock_codes();
    return extra;
}
