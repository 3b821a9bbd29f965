// The probe that runs inside a Python interpreter: forkcov maps it into the process and calls `forkcov_start`.
//
// It brings no C library, uses the interpreter's public functions alone, and has no pointer that would need relocation,
// so that it can be copied to any address of a process with any C library. It writes to the Python log, a shared mapping
// of a file: what is written is kept, however the process ends. (docs/data-file.md has the format.)
//
// From CPython 3.12 on it uses sys.monitoring: each code object says once that it starts, each line once that it runs.
// Before, it is a C trace function. Which lines a process has run already is told apart by the number of the process,
// which forkcov changes in the memory of each child before that runs.
#include <stddef.h>
#include <stdint.h>

typedef struct Object Object; // PyObject
typedef struct Thread Thread; // PyThreadState
typedef struct Interpreter Interpreter; // PyInterpreterState
typedef intptr_t Size; // Py_ssize_t
typedef int Trace(Object *self, Object *frame, int what, Object *argument);
typedef int Hook(const char *event, Object *arguments, void *data);
typedef Object *Evaluate(Thread *, void *frame, int throws);
typedef Object *Function(Object *self, Object *const *arguments, Size count);
typedef struct {
    const char *name;
    Function *function;
    int flags;
    const char *documentation;
} Method; // PyMethodDef

enum { METH_FASTCALL = 0x80, PyTrace_LINE = 2 };

// What is used of the interpreter. A name may have another one, from other versions, after `|`; of what has `?`, there
// may be none.
#define INTERPRETER(F)                                                                                                \
    F(int, Py_IsInitialized, "Py_IsInitialized", (void))                                                              \
    F(Object *, PySys_GetObject, "PySys_GetObject", (const char *))                                                   \
    F(Object *, PyImport_ImportModule, "PyImport_ImportModule", (const char *))                                       \
    F(Object *, PyObject_GetAttrString, "PyObject_GetAttrString", (Object *, const char *))                           \
    F(Object *, PyObject_CallMethod, "PyObject_CallMethod", (Object *, const char *, const char *, ...))              \
    F(Object *, PyObject_CallFunctionObjArgs, "PyObject_CallFunctionObjArgs", (Object *, ...))                        \
    F(Object *, PyObject_Call, "PyObject_Call", (Object *, Object *, Object *))                                       \
    F(Object *, PyObject_Type, "PyObject_Type", (Object *))                                                           \
    F(Object *, PyCFunction_NewEx, "PyCFunction_NewEx", (Method *, Object *, Object *))                               \
    F(Object *, PyDict_New, "PyDict_New", (void))                                                                     \
    F(int, PyDict_SetItemString, "PyDict_SetItemString", (Object *, const char *, Object *))                          \
    F(Object *, PyTuple_New, "PyTuple_New", (Size))                                                                   \
    F(Size, PyTuple_Size, "PyTuple_Size", (Object *))                                                                 \
    F(Object *, PyTuple_GetItem, "PyTuple_GetItem", (Object *, Size))                                                 \
    F(int, PyBytes_AsStringAndSize, "PyBytes_AsStringAndSize", (Object *, char **, Size *))                           \
    F(const char *, PyUnicode_AsUTF8AndSize, "PyUnicode_AsUTF8AndSize", (Object *, Size *))                           \
    F(Object *, PyUnicode_EncodeFSDefault, "PyUnicode_EncodeFSDefault", (Object *))                                   \
    F(long, PyLong_AsLong, "PyLong_AsLong", (Object *))                                                               \
    F(Object *, PyLong_FromLong, "PyLong_FromLong", (long))                                                           \
    F(Object *, PyLong_FromVoidPtr, "PyLong_FromVoidPtr", (void *))                                                   \
    F(void *, PyLong_AsVoidPtr, "PyLong_AsVoidPtr", (Object *))                                                       \
    F(void, Py_IncRef, "Py_IncRef", (Object *))                                                                       \
    F(void, Py_DecRef, "Py_DecRef", (Object *))                                                                       \
    F(void, PyErr_Clear, "PyErr_Clear", (void))                                                                       \
    F(Object *, PyErr_Occurred, "PyErr_Occurred", (void))                                                             \
    F(void, PyErr_Fetch, "PyErr_Fetch", (Object **, Object **, Object **))                                            \
    F(void, PyErr_Restore, "PyErr_Restore", (Object *, Object *, Object *))                                           \
    F(Object *, PyInterpreterState_GetDict, "PyInterpreterState_GetDict", (Interpreter *))                            \
    F(Object *, PyCapsule_New, "PyCapsule_New", (void *, const char *, void (*)(Object *)))                           \
    F(void *, PyCapsule_GetPointer, "PyCapsule_GetPointer", (Object *, const char *))                                 \
    F(Interpreter *, PyInterpreterState_Get, "PyInterpreterState_Get", (void))                                        \
    F(Size, RequestCodeExtraIndex, "PyUnstable_Eval_RequestCodeExtraIndex|_PyEval_RequestCodeExtraIndex",             \
      (void (*)(void *)))                                                                                             \
    F(int, GetExtra, "PyUnstable_Code_GetExtra|_PyCode_GetExtra", (Object *, Size, void **))                          \
    F(int, SetExtra, "PyUnstable_Code_SetExtra|_PyCode_SetExtra", (Object *, Size, void *))                           \
    F(void, PyEval_SetTrace, "PyEval_SetTrace?", (Trace *, Object *))                                                 \
    F(Object *, PyEval_GetFrame, "PyEval_GetFrame", (void))                                                           \
    F(Object *, PyFrame_GetCode, "PyFrame_GetCode?", (Object *))                                                      \
    F(int, PyFrame_GetLineNumber, "PyFrame_GetLineNumber?", (Object *))                                               \
    F(int, PySys_AddAuditHook, "PySys_AddAuditHook?", (Hook *, void *))                                               \
    F(int, Py_AddPendingCall, "Py_AddPendingCall", (int (*)(void *), void *))                                         \
    F(Thread *, PyThreadState_Get, "PyThreadState_Get?", (void))                                                      \
    F(uint64_t, PyThreadState_GetID, "PyThreadState_GetID?", (Thread *))                                              \
    F(Evaluate *, GetEvalFrame, "_PyInterpreterState_GetEvalFrameFunc?", (Interpreter *))                             \
    F(void, SetEvalFrame, "_PyInterpreterState_SetEvalFrameFunc?", (Interpreter *, Evaluate *))

#define FIELD(result, name, names, arguments) result(*name) arguments;
#define NAMES(result, name, names, arguments) names "\0"

#define EXPORT __attribute__((visibility("hidden"), used))

// Read by forkcov, which finds the functions.
EXPORT const char forkcov_names[] = INTERPRETER(NAMES);

// Written by forkcov: the addresses of the functions, in the same order.
EXPORT struct {
    INTERPRETER(FIELD)
} python = {0};

// Written by forkcov before the process runs on that has the probe, by its start or by a fork.
EXPORT struct {
    uint32_t number; // in the run, and 1
    uint32_t log_lock;
    uint32_t store_lock;
    uint32_t lists_lock;
    uint32_t born; // threads, as forkcov has seen them
    uint32_t met; // of these, as they have begun to evaluate frames
} forkcov_process = {0};

// What forkcov is to do when a thread is born: `value` goes to `at`, and what was there, if it was another, to `former`.
typedef struct {
    Evaluate **at;
    Evaluate *value;
    Evaluate **former;
} Change;
enum { INTERPRETERS = 64 };
EXPORT struct {
    uint64_t count;
    Change changes[INTERPRETERS];
} forkcov_threads = {0};

// Written by forkcov at the start.
EXPORT struct {
    char *at;
    uint64_t mapped; // bytes of it
} forkcov_log = {0};

// Need a child not be told of its birth? A function of Python's own is about to fork, and will tell us in the child; or
// there is nothing to tell.
EXPORT uint32_t forkcov_forking = 0;

// Questions to forkcov are a breakpoint: it sees the registers, and sets the answer.
__asm__(".text\n"
        ".hidden forkcov_question, forkcov_asked, forkcov_done, forkcov_returned\n"
        ".globl forkcov_question, forkcov_asked, forkcov_done, forkcov_returned\n"
        "forkcov_question: xor %eax, %eax\n"
        "forkcov_asked: int3\n"
        "ret\n"
        "forkcov_done: int3\n" // where forkcov_start returns to
        "forkcov_returned: int3\n"); // where a function returns to after which forkcov_start is called
extern uint64_t forkcov_question(uint64_t kind, uint64_t first, uint64_t second);

enum { // kinds of question
    FILE_OF = 1, // the record of the source file with this name (its address and length), or 0 if it does not count
    MORE = 2, // make the log this long; 0 if that failed
    SAY = 3, // one of the following
};
enum { // what is to be said
    NO_TOOL = 1, // sys.monitoring has no tool id left
    FAILED = 2, // an interpreter's function failed at the start
    UNMAPPED = 3, // the log could not be mapped
};

static void *copy(void *to, const void *from, size_t size) {
    __asm__ volatile("rep movsb" : "=&D"(to), "=&S"(from), "=&c"(size) : "0"(to), "1"(from), "2"(size) : "memory");
    return to;
}

static long system_call(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

enum { SYS_mmap = 9, SYS_sched_yield = 24, SYS_mremap = 25 };

// Interpreters with locks of their own run at once.
static void lock(uint32_t *lock) {
    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
        system_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

static void unlock(uint32_t *lock) {
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

// ---- memory: powers of two, from pages that are never given back

enum { SMALLEST = 5, LARGEST = 40, CHUNK = 1 << 18 };

static struct {
    void *free[LARGEST];
    char *chunk;
    size_t left;
} store;

static int power(size_t size) {
    int power = SMALLEST;
    while (((size_t)1 << power) < size)
        power++;
    return power;
}

// `size` zero bytes; null if there is no memory.
static void *take(size_t size) {
    int of = power(size);
    size_t room = (size_t)1 << of;
    lock(&forkcov_process.store_lock);
    char *taken = store.free[of];
    if (taken) {
        store.free[of] = *(void **)taken;
    } else {
        if (room > store.left) {
            size_t chunk = room > CHUNK ? room : CHUNK;
            // PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS
            long mapped = system_call(SYS_mmap, 0, chunk, 3, 0x22, -1, 0);
            if (mapped < 0 && mapped > -4096) {
                unlock(&forkcov_process.store_lock);
                return NULL;
            }
            store.chunk = (char *)mapped;
            store.left = chunk;
        }
        taken = store.chunk;
        store.chunk += room;
        store.left -= room;
    }
    unlock(&forkcov_process.store_lock);
    for (size_t at = 0; at < room; at += sizeof(uint64_t))
        *(volatile uint64_t *)(taken + at) = 0;
    return taken;
}

static void give(void *taken, size_t size) {
    int of = power(size);
    lock(&forkcov_process.store_lock);
    *(void **)taken = store.free[of];
    store.free[of] = taken;
    unlock(&forkcov_process.store_lock);
}

// ---- the log

enum { SLOT = 16, LINE = 1, CODE = 3 };
enum { VERSION_AT = 8, NEXT_AT = 64, LIMIT_AT = 128 };
static const uint64_t COMPLETE = (uint64_t)1 << 63;

// Claims room for a record; null if there is none. The log is locked until `finish`.
static char *begin(size_t size) {
    lock(&forkcov_process.log_lock);
    char *log = forkcov_log.at;
    if (!log)
        goto failed;
    uint64_t at = __atomic_fetch_add((uint64_t *)(log + NEXT_AT), size, __ATOMIC_RELAXED);
    uint64_t end = at + size;
    uint64_t limit = __atomic_load_n((uint64_t *)(log + LIMIT_AT), __ATOMIC_ACQUIRE);
    if (end > limit && !(limit = forkcov_question(MORE, end, 0))) {
        forkcov_log.at = NULL;
        goto failed;
    }
    if (end > forkcov_log.mapped) {
        long moved = system_call(SYS_mremap, (long)log, forkcov_log.mapped, limit, 1 /* MREMAP_MAYMOVE */, 0, 0);
        if (moved < 0 && moved > -4096) {
            forkcov_log.at = NULL;
            forkcov_question(SAY, UNMAPPED, 0);
            goto failed;
        }
        forkcov_log.at = log = (char *)moved;
        forkcov_log.mapped = limit;
    }
    return log + at;
failed:
    unlock(&forkcov_process.log_lock);
    return NULL;
}

static uint64_t header(int kind, size_t size) {
    return forkcov_process.number | (uint64_t)(size / SLOT) << 32 | (uint64_t)kind << 56;
}

// What stands in the record is complete: it counts from now on, whatever happens. Gives its slot.
static uint32_t finish(char *record, int kind, size_t size) {
    __atomic_store_n((uint64_t *)record, header(kind, size) | COMPLETE, __ATOMIC_RELEASE);
    uint32_t slot = (record - forkcov_log.at) / SLOT;
    unlock(&forkcov_process.log_lock);
    return slot;
}

static void log_line(uint32_t code, uint32_t line) {
    char *record = begin(SLOT);
    if (!record)
        return;
    ((uint32_t *)record)[2] = code;
    ((uint32_t *)record)[3] = line;
    finish(record, LINE, SLOT);
}

static uint32_t log_code(uint32_t file, uint32_t parent, uint32_t first, uint32_t flags, uint32_t code_size,
                         const char *name, size_t name_size, const char *table, size_t table_size) {
    enum { CONTENT = 40 };
    size_t size = (CONTENT + name_size + table_size + SLOT - 1) / SLOT * SLOT;
    char *record = begin(size);
    if (!record)
        return 0;
    __atomic_store_n((uint64_t *)record, header(CODE, size), __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST); // whoever is killed here has said how long the record is
    uint32_t *field = (uint32_t *)(record + 8);
    field[0] = file;
    field[1] = parent;
    field[2] = first;
    field[3] = name_size;
    field[4] = table_size;
    field[5] = flags;
    field[6] = code_size;
    copy(record + CONTENT, name, name_size);
    copy(record + CONTENT + name_size, table, table_size);
    return finish(record, CODE, size);
}

// ---- source files: each name is asked for once

typedef struct File {
    struct File *next;
    uint32_t record; // 0 if it does not count
    size_t size;
    char name[];
} File;

enum { BUCKETS = 1024 };
static File *files[BUCKETS];

static uint32_t file_of(const char *name, size_t size) {
    uint32_t hash = 2166136261u; // FNV-1a
    for (size_t at = 0; at < size; at++)
        hash = (hash ^ (unsigned char)name[at]) * 16777619u;
    File **bucket = &files[hash % BUCKETS];
    for (File *file = *bucket; file; file = file->next) {
        size_t at = 0;
        while (file->size == size && at < size && file->name[at] == name[at])
            at++;
        if (file->size == size && at == size)
            return file->record;
    }
    uint32_t record = size && name[0] != '<' ? forkcov_question(FILE_OF, (uint64_t)name, size) : 0;
    File *file = take(sizeof *file + size);
    if (file) {
        file->record = record;
        file->size = size;
        copy(file->name, name, size);
        lock(&forkcov_process.lists_lock);
        file->next = *bucket;
        __atomic_store_n(bucket, file, __ATOMIC_RELEASE);
        unlock(&forkcov_process.lists_lock);
    }
    return record;
}

// ---- interpreters and their code objects

// What is kept of a thread.
typedef struct {
    Trace *function; // ours, or the program's own, which ours calls
    int changes; // the program is about to set another one
    Object *frame; // where it does
} Traced;

// What is kept of an interpreter.
typedef struct Known {
    struct Known *next;
    Interpreter *interpreter;
    Size extra; // index of what is kept of a code object (PEP 523)
    Object *disable, *set_local_events, *restart_events, *tool, *line;
    // before 3.12
    Evaluate **at, *former; // where it keeps the function that evaluates frames, and what was there before ours, if not its
                            // own
    Traced *traces; // of each of its threads
    size_t traces_count;
} Known;

static Known *known;
static long version; // PY_VERSION_HEX

// What is kept of a code object that counts.
typedef struct {
    uint32_t record;
    int first;
    uint32_t count; // of `seen`
    uint32_t *seen; // for each line from `first` on, the process that ran it last
} Code;

// Of a code object that does not count.
static Code *const NONE = (Code *)1;

static void forget_code(void *extra) {
    Code *code = extra;
    if (!code || code == NONE)
        return;
    if (code->seen)
        give(code->seen, code->count * sizeof *code->seen);
    give(code, sizeof *code);
}

static long number(Object *of, const char *name) {
    Object *object = python.PyObject_GetAttrString(of, name);
    long number = object ? python.PyLong_AsLong(object) : 0;
    if (object)
        python.Py_DecRef(object);
    return number;
}

// What a code object has of each user of PEP 523.
typedef struct {
    Size count;
    void *of[];
} Extras; // _PyCodeObjectExtra

// The word of a code object that points to it, once that is known.
static size_t extras_at;

// Keeps something of a code object. CPython makes room for every user, and will call the free functions of all, also of
// those that have kept nothing: as if no other user had come, room is left for those alone who have.
static int keep(Known *in, Object *code, void *kept) {
    void **words = (void **)code;
    size_t count = 0;
    uint64_t empty = 0;
    if (!extras_at) {
        Object *type = python.PyObject_Type(code);
        count = number(type, "__basicsize__") / sizeof *words;
        python.Py_DecRef(type);
    }
    for (size_t at = 1; at < count && at < 64; at++)
        empty |= (uint64_t)!words[at] << at;
    if (python.SetExtra(code, in->extra, kept))
        return -1;
    for (size_t at = 1; at < count && at < 64; at++)
        if (empty >> at & 1 && words[at])
            extras_at = at;
    if (extras_at) {
        Extras *extras = words[extras_at];
        while (extras->count > in->extra + 1 && !extras->of[extras->count - 1])
            extras->count--;
    }
    return 0;
}

// Is a function one that evaluates annotations (PEP 649)? The compiler makes them since CPython 3.14, and no statement is
// theirs: an annotation with a value has code where it stands, too.
static int is_annotate(Object *code, const char *name, Size size) {
    static const char annotate[] = "__annotate__";
    Size at = size - (Size)(sizeof annotate - 1);
    if (version < 0x030e0000 || at < 0 || (at > 0 && name[at - 1] != '.'))
        return 0;
    for (size_t byte = 0; byte < sizeof annotate - 1; byte++)
        if (name[at + byte] != annotate[byte])
            return 0;
    return number(code, "co_posonlyargcount") == 1; // one that somebody has written seldom says so
}

// Describes a code object and those in it, in the log. If `file` is 0, they do not count.
static Code *declare(Known *in, Object *code, uint32_t file, uint32_t parent, Object *type) {
    Code *declared = take(sizeof *declared);
    if (!declared)
        return NONE;
    Object *name = python.PyObject_GetAttrString(code, "co_qualname"); // since 3.11
    if (!name) {
        python.PyErr_Clear();
        name = python.PyObject_GetAttrString(code, "co_name");
    }
    Object *table = python.PyObject_GetAttrString(code, "co_linetable"); // since 3.10
    Object *instructions = NULL;
    if (!table) {
        python.PyErr_Clear();
        table = python.PyObject_GetAttrString(code, "co_lnotab");
        instructions = python.PyObject_GetAttrString(code, "co_code"); // such a table can go on after their end
    }
    Object *constants = python.PyObject_GetAttrString(code, "co_consts");
    Size name_size = 0, table_size = 0, code_size = 0;
    char *bytes = NULL;
    if (instructions)
        python.PyBytes_AsStringAndSize(instructions, &bytes, &code_size);
    const char *text = name ? python.PyUnicode_AsUTF8AndSize(name, &name_size) : NULL;
    if (text && is_annotate(code, text, name_size))
        file = 0; // nor does what stands in it count
    if (file && table && !python.PyBytes_AsStringAndSize(table, &bytes, &table_size)) {
        declared->first = number(code, "co_firstlineno");
        declared->record = log_code(file, parent, declared->first, number(code, "co_flags"), code_size, text,
                                    text ? name_size : 0, bytes, table_size);
    }
    python.PyErr_Clear();
    if (!declared->record) {
        forget_code(declared);
        declared = NONE;
    }
    if (keep(in, code, declared)) {
        forget_code(declared);
        declared = NONE;
    }
    uint32_t record = declared == NONE ? 0 : declared->record;
    Size count = constants && (record || !file) ? python.PyTuple_Size(constants) : 0;
    for (Size at = 0; at < count; at++) {
        Object *constant = python.PyTuple_GetItem(constants, at);
        Object *its_type = python.PyObject_Type(constant);
        if (its_type == type)
            declare(in, constant, file, record, type);
        python.Py_DecRef(its_type);
    }
    python.PyErr_Clear();
    if (name)
        python.Py_DecRef(name);
    if (table)
        python.Py_DecRef(table);
    if (instructions)
        python.Py_DecRef(instructions);
    if (constants)
        python.Py_DecRef(constants);
    return declared;
}

// What is kept of a code object that starts, which is the first that is seen of it, or of those around it.
static Code *first_seen(Known *in, Object *code) {
    Object *type, *value, *trace; // Of an exception that is on its way, as when a generator is closed.
    python.PyErr_Fetch(&type, &value, &trace);
    Code *declared = NONE;
    Object *name = python.PyObject_GetAttrString(code, "co_filename");
    Object *bytes = name ? python.PyUnicode_EncodeFSDefault(name) : NULL;
    char *text;
    Size size;
    if (bytes && !python.PyBytes_AsStringAndSize(bytes, &text, &size)) {
        uint32_t file = file_of(text, size);
        Object *its_type = python.PyObject_Type(code);
        if (file)
            declared = declare(in, code, file, 0, its_type);
        python.Py_DecRef(its_type);
    }
    python.PyErr_Clear();
    if (declared == NONE && keep(in, code, NONE))
        python.PyErr_Clear();
    if (bytes)
        python.Py_DecRef(bytes);
    if (name)
        python.Py_DecRef(name);
    python.PyErr_Restore(type, value, trace);
    return declared;
}

static inline Code *code_of(Known *in, Object *code) {
    void *extra = NULL;
    python.GetExtra(code, in->extra, &extra);
    return extra ? extra : first_seen(in, code);
}

// ---- CPython 3.12 and later

static Object *disabled(Known *in) {
    python.Py_IncRef(in->disable);
    return in->disable;
}

static Object *code_starts(Object *self, Object *const *arguments, Size count) {
    (void)count;
    Known *in = python.PyLong_AsVoidPtr(self);
    if (code_of(in, arguments[0]) != NONE) {
        Object *none =
            python.PyObject_CallFunctionObjArgs(in->set_local_events, in->tool, arguments[0], in->line, (Object *)0);
        if (!none)
            return NULL;
        python.Py_DecRef(none);
    }
    return disabled(in);
}

static Object *line_runs(Object *self, Object *const *arguments, Size count) {
    (void)count;
    Known *in = python.PyLong_AsVoidPtr(self);
    Code *code = code_of(in, arguments[0]);
    if (code != NONE)
        log_line(code->record, python.PyLong_AsLong(arguments[1]));
    return disabled(in);
}

static Object *before_fork(Object *self, Object *const *arguments, Size count) {
    (void)arguments, (void)count;
    forkcov_forking = 1;
    python.Py_IncRef(self);
    return self;
}

static Object *after_fork_in_parent(Object *self, Object *const *arguments, Size count) {
    (void)arguments, (void)count;
    forkcov_forking = 0;
    python.Py_IncRef(self);
    return self;
}

// What its parent has run is not the child's.
static Object *after_fork_in_child(Object *self, Object *const *arguments, Size count) {
    (void)arguments, (void)count;
    Known *in = python.PyLong_AsVoidPtr(self);
    forkcov_forking = 0;
    return python.PyObject_CallFunctionObjArgs(in->restart_events, (Object *)0);
}

static int restart(void *unused) {
    (void)unused;
    for (Known *in = known; in; in = in->next) {
        if (in->interpreter != python.PyInterpreterState_Get())
            continue;
        Object *none = python.PyObject_CallFunctionObjArgs(in->restart_events, (Object *)0);
        if (none)
            python.Py_DecRef(none);
        else
            python.PyErr_Clear();
    }
    return 0;
}

// Called in a child that was made behind Python's back, as by a C extension, before it runs. Where it stands little may be
// done.
EXPORT void forkcov_forked(void) {
    python.Py_AddPendingCall(restart, NULL);
}

static Method methods[5];

static Object *callback(int at, const char *name, Function *function, Object *self) {
    methods[at] = (Method){name, function, METH_FASTCALL, NULL};
    return python.PyCFunction_NewEx(&methods[at], self, NULL);
}

static int monitor(Known *in) {
    Object *monitoring = python.PySys_GetObject("monitoring");
    Object *self = python.PyLong_FromVoidPtr(in);
    if (!monitoring || !self)
        return FAILED;
    in->disable = python.PyObject_GetAttrString(monitoring, "DISABLE");
    in->set_local_events = python.PyObject_GetAttrString(monitoring, "set_local_events");
    in->restart_events = python.PyObject_GetAttrString(monitoring, "restart_events");
    Object *events = python.PyObject_GetAttrString(monitoring, "events");
    Object *start = events ? python.PyObject_GetAttrString(events, "PY_START") : NULL;
    in->line = events ? python.PyObject_GetAttrString(events, "LINE") : NULL;
    Object *none = NULL;
    // Of those that sys.monitoring has a name for, the debugger's, coverage's and profiler's are the last choice.
    static const signed char tools[] = {4, 3, 5, 2, 1, 0};
    for (size_t at = 0; at < sizeof tools && !none; at++) {
        python.PyErr_Clear();
        none = python.PyObject_CallMethod(monitoring, "use_tool_id", "is", (int)tools[at], "forkcov");
        if (none)
            in->tool = python.PyLong_FromLong(tools[at]);
    }
    if (!none)
        return NO_TOOL;
    Object *starts = callback(0, "forkcov_start", code_starts, self);
    Object *runs = callback(1, "forkcov_line", line_runs, self);
    Object *before = callback(2, "forkcov_before_fork", before_fork, self);
    Object *in_parent = callback(3, "forkcov_in_parent", after_fork_in_parent, self);
    Object *in_child = callback(4, "forkcov_in_child", after_fork_in_child, self);
    Object *posix = python.PyImport_ImportModule("posix");
    Object *at_fork = posix ? python.PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    Object *nothing = python.PyTuple_New(0);
    Object *hooks = python.PyDict_New();
    if (!starts || !runs || !before || !in_parent || !in_child || !at_fork || !nothing || !hooks)
        return FAILED;
    python.PyDict_SetItemString(hooks, "before", before);
    python.PyDict_SetItemString(hooks, "after_in_parent", in_parent);
    python.PyDict_SetItemString(hooks, "after_in_child", in_child);
    if (!python.PyObject_Call(at_fork, nothing, hooks) ||
        !python.PyObject_CallMethod(monitoring, "register_callback", "OOO", in->tool, start, starts) ||
        !python.PyObject_CallMethod(monitoring, "register_callback", "OOO", in->tool, in->line, runs) ||
        !python.PyObject_CallMethod(monitoring, "set_events", "OO", in->tool, start))
        return FAILED;
    return 0;
}

// ---- CPython before 3.12

static Known *here(void) {
    Interpreter *interpreter = python.PyInterpreterState_Get();
    Known *in = known;
    while (in && in->interpreter != interpreter)
        in = in->next;
    return in;
}

static int is_new(Code *code, int line) {
    uint32_t at = line - code->first;
    if (at >= code->count) {
        uint32_t count = 32;
        while (count <= at && count < 1u << 24)
            count *= 2;
        uint32_t *seen = at < count ? take(count * sizeof *seen) : NULL;
        if (!seen)
            return 1;
        if (code->seen) {
            copy(seen, code->seen, code->count * sizeof *seen);
            give(code->seen, code->count * sizeof *seen);
        }
        code->seen = seen;
        code->count = count;
    }
    if (code->seen[at] == forkcov_process.number)
        return 0;
    code->seen[at] = forkcov_process.number;
    return 1;
}

static int trace(Object *self, Object *frame, int what, Object *argument) {
    (void)self, (void)argument;
    if (what != PyTrace_LINE)
        return 0;
    Known *in = here();
    if (!in)
        return 0;
    Object *object = python.PyFrame_GetCode(frame);
    Code *code = code_of(in, object);
    python.Py_DecRef(object);
    if (code != NONE) {
        int line = python.PyFrame_GetLineNumber(frame);
        if (is_new(code, line))
            log_line(code->record, line);
    }
    return 0;
}

// A trace function of the program's own is called by ours, which has its object, so that the program sees what it has
// set. To find it, we look where a thread keeps its trace function.
static int setting;
static size_t function_at, object_at; // words of a thread

static Traced *trace_of(Known *in, uint64_t id) {
    if (id >= in->traces_count) {
        size_t count = in->traces_count ? in->traces_count : 16;
        while (count <= id)
            count *= 2;
        Traced *traces = take(count * sizeof *traces);
        if (!traces)
            return NULL;
        if (in->traces) {
            copy(traces, in->traces, in->traces_count * sizeof *traces);
            give(in->traces, in->traces_count * sizeof *traces);
        }
        in->traces = traces;
        in->traces_count = count;
    }
    return &in->traces[id];
}

static int is_traced(Known *in, uint64_t id) {
    return id < in->traces_count && in->traces[id].function && !in->traces[id].changes;
}

static int set_trace(Known *in, Thread *thread);

static int trace_both(Object *self, Object *frame, int what, Object *argument) {
    trace(NULL, frame, what, argument);
    Known *in = here();
    Thread *thread = python.PyThreadState_Get();
    uint64_t id = python.PyThreadState_GetID(thread);
    Trace *theirs = in->traces[id].function;
    int result = theirs && theirs != trace ? theirs(self, frame, what, argument) : 0;
    if (!is_traced(in, id)) {
        // It has set another one, or has failed and is taken away.
        Object *type, *value, *traceback;
        python.PyErr_Fetch(&type, &value, &traceback);
        forkcov_process.met += set_trace(in, thread);
        python.PyErr_Restore(type, value, traceback);
    }
    return result;
}

static void *find_word(Thread *thread, void *value) {
    enum { WORDS = 64 };
    void **words = (void **)thread;
    for (size_t at = 1; at < WORDS; at++)
        if (words[at] == value)
            return &words[at];
    return NULL;
}

// Takes in the trace function that a thread has. Not yet, and 0, if it is about to get another one: its frames are then of
// audit hooks that are asked.
static int set_trace(Known *in, Thread *thread) {
    Traced *known = trace_of(in, python.PyThreadState_GetID(thread));
    if (!known)
        return 0;
    Trace **function = &((Trace **)thread)[function_at];
    int is_ours = *function == trace || *function == trace_both;
    if (is_ours && known->changes)
        return 0;
    known->changes = 0;
    if (*function && !is_ours) {
        // Its object stays, and nobody is asked.
        known->function = *function;
        *function = trace_both;
    } else if (*function != trace_both) {
        known->function = trace;
        setting = 1;
        python.PyEval_SetTrace(trace, NULL);
        setting = 0;
    }
    return 1;
}

static int find_trace(Thread *thread) {
    Object *some = python.PyDict_New();
    setting = 1;
    python.PyEval_SetTrace(trace, some);
    void **function = find_word(thread, trace), **object = find_word(thread, some);
    python.PyEval_SetTrace(NULL, NULL);
    setting = 0;
    python.Py_DecRef(some);
    if (!function || !object)
        return 0;
    function_at = function - (void **)thread;
    object_at = object - (void **)thread;
    return !*function && !*object;
}

// A thread gets the trace function when it evaluates its first frame. For that the evaluation of frames is ours as long
// as there is a thread that has not done so, and no longer: it takes more of the C stack. It is forkcov that changes it,
// when a thread is born, before that runs.
static int expects_threads(void) {
    return __atomic_load_n(&forkcov_process.born, __ATOMIC_ACQUIRE) != forkcov_process.met;
}

static Evaluate *standard;

static int retake(void *unused);

static Object *evaluate(Thread *thread, void *frame, int throws) {
    Known *in = here();
    if (!in) // It is about to end.
        return standard(thread, frame, throws);
    Evaluate *next = in->former ? in->former : standard;
    if (!is_traced(in, python.PyThreadState_GetID(thread)))
        forkcov_process.met += set_trace(in, thread);
    if (!expects_threads() && python.GetEvalFrame(in->interpreter) == evaluate) {
        python.SetEvalFrame(in->interpreter, next);
        if (expects_threads())
            python.SetEvalFrame(in->interpreter, evaluate);
    }
    if (is_traced(in, python.PyThreadState_GetID(thread)))
        return next(thread, frame, throws);
    // It is an audit hook's. The pending call has come, or will come, too early: another one is for after the hook.
    Object *result = next(thread, frame, throws);
    python.Py_AddPendingCall(retake, NULL);
    return result;
}

// Finds where the interpreter keeps the function that evaluates frames.
static int find_evaluation(Known *in) {
    enum { FAR = 4096 };
    standard = python.GetEvalFrame(in->interpreter);
    python.SetEvalFrame(in->interpreter, evaluate);
    Evaluate **at = (Evaluate **)in->interpreter;
    for (size_t word = 0; word < FAR / sizeof *at && !in->at; word++)
        if (at[word] == evaluate)
            in->at = &at[word];
    python.SetEvalFrame(in->interpreter, standard);
    return in->at && *in->at != evaluate;
}

static int equal(const char *a, const char *b) {
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static int retake(void *unused) {
    (void)unused;
    Known *in = here();
    Thread *thread = python.PyThreadState_Get();
    uint64_t id = in ? python.PyThreadState_GetID(thread) : 0;
    if (!in || is_traced(in, id))
        return 0;
    if (set_trace(in, thread)) {
        forkcov_process.met++;
    } else if (id < in->traces_count && in->traces[id].frame == python.PyEval_GetFrame()) {
        // It was refused to the program.
        in->traces[id].changes = 0;
        forkcov_process.met++;
    }
    return 0;
}

// A thread is about to set another trace function: when that is done, we take it in. The main thread does so at once; for
// others there is no moment before the next function that they call.
static int audit(const char *event, Object *arguments, void *data) {
    (void)arguments, (void)data;
    if (setting || !equal(event, "sys.settrace"))
        return 0;
    Known *in = here();
    uint64_t id = in ? python.PyThreadState_GetID(python.PyThreadState_Get()) : 0;
    if (!in || !is_traced(in, id))
        return 0;
    in->traces[id].changes = 1;
    in->traces[id].frame = python.PyEval_GetFrame();
    forkcov_process.met--;
    Evaluate *now = python.GetEvalFrame(in->interpreter);
    if (now != evaluate) {
        in->former = now == standard ? NULL : now;
        python.SetEvalFrame(in->interpreter, evaluate);
    }
    python.Py_AddPendingCall(retake, NULL);
    return 0;
}

static int trace_all(Known *in, int is_first) {
    uint32_t count = forkcov_threads.count;
    if (!python.PyEval_SetTrace || !python.PyFrame_GetCode || !python.PyFrame_GetLineNumber || !python.PyThreadState_Get ||
        !python.PyThreadState_GetID || !python.GetEvalFrame || !python.SetEvalFrame || !python.PySys_AddAuditHook ||
        count == INTERPRETERS || !find_evaluation(in) || !find_trace(python.PyThreadState_Get()))
        return FAILED;
    forkcov_threads.changes[count] = (Change){in->at, evaluate, &in->former};
    forkcov_threads.count = count + 1;
    if (is_first && python.PySys_AddAuditHook(audit, NULL))
        return FAILED;
    forkcov_forking = 1;
    set_trace(in, python.PyThreadState_Get());
    return 0;
}

// ---- the end of an interpreter, and the start in one that has just been initialised

static void forget_interpreter(Object *capsule) {
    Known *in = python.PyCapsule_GetPointer(capsule, NULL);
    for (uint64_t at = 0; at < forkcov_threads.count; at++)
        if (forkcov_threads.changes[at].at == in->at) {
            forkcov_threads.changes[at] = forkcov_threads.changes[forkcov_threads.count - 1];
            forkcov_threads.count--;
        }
    if (in->at && *in->at == evaluate)
        *in->at = in->former ? in->former : standard;
    lock(&forkcov_process.lists_lock);
    Known **link = &known;
    while (*link && *link != in)
        link = &(*link)->next;
    if (*link)
        *link = in->next;
    unlock(&forkcov_process.lists_lock);
}

// What goes when the interpreter does. Python code cannot see it.
static int remember_interpreter(Known *in) {
    Object *kept = python.PyInterpreterState_GetDict(in->interpreter);
    Object *capsule = kept ? python.PyCapsule_New(in, NULL, forget_interpreter) : NULL;
    if (!capsule)
        return 0;
    int failed = python.PyDict_SetItemString(kept, "forkcov", capsule);
    python.Py_DecRef(capsule);
    return !failed;
}

EXPORT void forkcov_start(void) {
    if (!python.Py_IsInitialized() || python.PyErr_Occurred() || here())
        return;
    int is_first = !known;
    Known *in = take(sizeof *in);
    Object *hexversion = python.PySys_GetObject("hexversion");
    if (!in || !hexversion)
        return;
    version = python.PyLong_AsLong(hexversion);
    if (is_first && forkcov_log.at)
        *(uint32_t *)(forkcov_log.at + VERSION_AT) = version;
    in->interpreter = python.PyInterpreterState_Get();
    in->extra = python.RequestCodeExtraIndex(forget_code);
    lock(&forkcov_process.lists_lock);
    in->next = known;
    __atomic_store_n(&known, in, __ATOMIC_RELEASE);
    unlock(&forkcov_process.lists_lock);
    int failed = in->extra < 0 || !remember_interpreter(in) ? FAILED : version >= 0x030c0000 ? monitor(in) : trace_all(in, is_first);
    python.PyErr_Clear();
    if (failed)
        forkcov_question(SAY, failed, 0);
}
