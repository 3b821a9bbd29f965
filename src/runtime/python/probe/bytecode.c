// The instructions of a code object, and their lines: what branches.c follows (CPython 3.12 and later).

typedef struct {
    unsigned char extended_arg, jump_forward, jump_backward, jump_backward_no_interrupt, send, raise, reraise,
        return_value, return_const, with_except_start;
    unsigned char get_anext; // what it awaits may end an asynchronous loop
    unsigned char end_async_for; // where that has no event
    unsigned char branches[6]; // what has a branch event, or a jump that depends on something
} Opcodes;

static const struct {
    long since; // a version
    Opcodes opcodes;
} opcodes_of[] = PYTHON_OPCODES;

// Those of the running version.
static const Opcodes *known_opcodes(void) {
    const Opcodes *found = NULL;
    for (size_t at = 0; at < sizeof opcodes_of / sizeof *opcodes_of; at++)
        if (version >= opcodes_of[at].since)
            found = &opcodes_of[at].opcodes;
    return found;
}

// Where a trail has led to a branch without a line.
typedef struct {
    uint32_t unit;
    int line; // from which; 0 if the trail has gone on
    Object *frame; // in which
} LostTrail;

enum { MOST_LOST = 8 }; // by threads that run the code at the same moment

// All is by unit: an instruction has one or more units of two bytes.
typedef struct Bytecode {
    uint32_t count; // of units
    int least_line, last_line;
    const unsigned char *code; // opcode and argument of each unit
    const int *lines; // 0 where there is none
    uint32_t *followed_by; // the context or process that has followed a trail through this unit
    unsigned char *directions; // that have been seen of a branch, in the context or process `directions_of`
    uint32_t directions_of;
    unsigned char *ways; // in which control gets to a unit: 0, 1, or 2 for more (before 3.14)
    int has_async_loops; // of which no event says where they lead (before 3.14)
    LostTrail lost[MOST_LOST];
    uint32_t newest_lost;
    int *entered_from; // the line before, if there is one only and no event says so
    unsigned char *watched; // for each line from `least_line` on: why its events say which line follows which
    const unsigned char *handlers; // the table of exception handlers
    size_t handlers_size;
    size_t size; // of this block
} Bytecode;

// Reads a number of the line table, of at most `size` bytes.
static int32_t signed_varint(const unsigned char *at, Size size) {
    uint32_t number = 0;
    for (Size byte = 0; byte < size && byte < 5; byte++) {
        number |= (uint32_t)(at[byte] & 63) << 6 * byte;
        if (!(at[byte] & 64))
            break;
    }
    return number & 1 ? -(int32_t)(number >> 1) : (int32_t)(number >> 1);
}

// Calls `each` with the line of each unit, as line_table.rs reads the table; 0 if it has none.
static void each_line(const unsigned char *table, Size size, int line,
                      void (*each)(void *context, uint32_t unit, int line), void *context) {
    enum { BEGINS = 0x80 };
    uint32_t unit = 0;
    for (Size at = 0; at < size && table[at] & BEGINS;) {
        Size next = at + 1;
        while (next < size && !(table[next] & BEGINS))
            next++;
        int kind = table[at] >> 3 & 15, length = (table[at] & 7) + 1;
        if (kind >= 10 && kind <= 12)
            line += kind - 10;
        else if (kind == 13 || kind == 14)
            line += signed_varint(table + at + 1, next - at - 1);
        while (length--)
            each(context, unit++, kind == 15 || line < 0 ? 0 : line);
        at = next;
    }
}

static void note_line(void *context, uint32_t unit, int line) {
    Bytecode *of = context;
    if (unit >= of->count)
        return;
    ((int *)of->lines)[unit] = line;
    if (line && line < of->least_line)
        of->least_line = line;
    if (line > of->last_line)
        of->last_line = line;
}

enum {
    SHARED = 1, // a code object in this one has the line, too
    ENTERED = 2, // a unit of the line has `entered_from`
};

static void watch(Bytecode *of, int line, int why) {
    if (line >= of->least_line && line <= of->last_line)
        of->watched[line - of->least_line] |= why;
}

static void note_shared(void *context, uint32_t unit, int line) {
    (void)unit;
    watch(context, line, SHARED);
}

// Notes which lines of a code object the code objects in it have, too.
static void note_nested(Bytecode *of, Object *code) {
    Object *constants = attribute(code, "co_consts"), *type = python.PyObject_Type(code);
    Size count = constants ? python.PyTuple_Size(constants) : 0;
    for (Size at = 0; at < count; at++) {
        Object *constant = python.PyTuple_GetItem(constants, at), *its_type = python.PyObject_Type(constant);
        Object *table = its_type == type ? attribute(constant, "co_linetable") : NULL;
        char *bytes;
        Size size;
        if (table && !python.PyBytes_AsStringAndSize(table, &bytes, &size))
            each_line((unsigned char *)bytes, size, number_attribute(constant, "co_firstlineno"), note_shared, of);
        if (table)
            python.Py_DecRef(table);
        python.Py_DecRef(its_type);
    }
    python.PyErr_Clear();
    python.Py_DecRef(type);
    if (constants)
        python.Py_DecRef(constants);
}

enum { MOST_LINES_OF_CODE = 1 << 20 };

static Bytecode *new_bytecode(Object *code, const char *units, Size units_size, const char *table,
                              Size table_size, const char *handlers, Size handlers_size) {
    uint32_t count = units_size / 2;
    Bytecode head = {.count = count, .least_line = 1 << 30};
    int first_line = number_attribute(code, "co_firstlineno");
    // The span of the lines is at most what the table can say.
    size_t fixed = sizeof head + count * (3 * sizeof(int)) + count * 4 + handlers_size;
    Bytecode *probe = allocate(fixed);
    if (!probe)
        return NULL;
    *probe = head;
    probe->lines = (int *)(probe + 1);
    each_line((const unsigned char *)table, table_size, first_line, note_line, probe);
    size_t span = probe->last_line >= probe->least_line ? probe->last_line - probe->least_line + 1 : 0;
    if (span > MOST_LINES_OF_CODE) {
        deallocate(probe, fixed);
        return NULL;
    }
    head = *probe;
    head.size = fixed + span;
    Bytecode *made = allocate(head.size);
    if (made) {
        *made = head;
        made->lines = (int *)(made + 1);
        made->followed_by = (uint32_t *)(made->lines + count);
        made->entered_from = (int *)(made->followed_by + count);
        made->code = (unsigned char *)(made->entered_from + count);
        made->directions = (unsigned char *)made->code + 2 * count;
        made->ways = made->directions + count;
        made->handlers = made->ways + count;
        made->handlers_size = handlers_size;
        made->watched = (unsigned char *)made->handlers + handlers_size;
        copy_bytes((char *)made->lines, (char *)probe->lines, count * sizeof(int));
        copy_bytes((char *)made->code, units, 2 * count);
        copy_bytes((char *)made->handlers, handlers, handlers_size);
        note_nested(made, code);
    }
    deallocate(probe, fixed);
    return made;
}

static void free_bytecode(Bytecode *bytecode) {
    if (bytecode)
        deallocate(bytecode, bytecode->size);
}

static Bytecode *read_bytecode(Object *code) {
    Object *units = attribute(code, "co_code"), *table = attribute(code, "co_linetable");
    Object *handlers = attribute(code, "co_exceptiontable");
    char *bytes[3];
    Size sizes[3];
    Bytecode *made = NULL;
    if (units && table && handlers && !python.PyBytes_AsStringAndSize(units, &bytes[0], &sizes[0]) &&
        !python.PyBytes_AsStringAndSize(table, &bytes[1], &sizes[1]) &&
        !python.PyBytes_AsStringAndSize(handlers, &bytes[2], &sizes[2]))
        made = new_bytecode(code, bytes[0], sizes[0], bytes[1], sizes[1], bytes[2], sizes[2]);
    python.PyErr_Clear();
    if (units)
        python.Py_DecRef(units);
    if (table)
        python.Py_DecRef(table);
    if (handlers)
        python.Py_DecRef(handlers);
    return made;
}

// That of a code object, read when it is first needed. Null if there is no memory.
static Bytecode *bytecode_of(CodeData *data, Object *code) {
    if (!data->bytecode)
        data->bytecode = read_bytecode(code);
    return data->bytecode;
}

// Why the events of a line say which line follows which; 0 if they do not.
static int watched(const Bytecode *of, int line) {
    return line >= of->least_line && line <= of->last_line ? of->watched[line - of->least_line] : 0;
}

// Is it one of the instructions at which control can go two ways?
static int is_branch(const Opcodes *opcodes, unsigned char opcode) {
    for (size_t at = 0; at < sizeof opcodes->branches; at++)
        if (opcodes->branches[at] && opcodes->branches[at] == opcode)
            return 1;
    return 0;
}

// Does it leave the code object for the one that called it?
static int is_return(const Opcodes *opcodes, unsigned char opcode) {
    return opcode == opcodes->return_value || (opcodes->return_const && opcode == opcodes->return_const);
}

// Does nothing behind the instruction run, unless something leads there?
static int is_end(const Opcodes *opcodes, unsigned char opcode) {
    return opcode == opcodes->reraise || is_return(opcodes, opcode);
}

// The unit behind an instruction and what the interpreter caches for it.
static uint32_t behind(const Bytecode *of, uint32_t unit) {
    enum { CACHE = 0 };
    do
        unit++;
    while (unit < of->count && of->code[2 * unit] == CACHE);
    return unit;
}

static size_t read_number(const Bytecode *of, size_t *at) {
    size_t number = 0;
    while (*at < of->handlers_size) {
        unsigned char byte = of->handlers[(*at)++];
        number = number << 6 | (byte & 63);
        if (!(byte & 64))
            break;
    }
    return number;
}

// The unit at which an exception is handled that is raised at a unit; 0 if it leaves the code object.
static uint32_t handler_of(const Bytecode *of, uint32_t unit) {
    uint32_t found = 0;
    for (size_t at = 0; at < of->handlers_size;) {
        size_t start = read_number(of, &at), length = read_number(of, &at), target = read_number(of, &at);
        read_number(of, &at); // the depth of the stack
        if (unit >= start && unit - start < length && target < of->count)
            found = target;
    }
    return found;
}
