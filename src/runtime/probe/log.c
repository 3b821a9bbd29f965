// Appends records to the log: a file that all processes with the probe map and share. (docs/data-file.md has
// the format.) A record that is complete counts from then on, however the process ends.

static uint64_t *log_word(size_t offset) {
    return (uint64_t *)(forkcov_log.address + offset);
}

// Maps `limit` bytes of the log.
static int map_more(uint64_t limit) {
    enum { MREMAP_MAYMOVE = 1 };
    long address = (long)forkcov_log.address;
    long moved = system_call(SYS_mremap, address, forkcov_log.mapped, limit, MREMAP_MAYMOVE, 0, 0);
    if (is_error(moved)) {
        forkcov_question(QUESTION_DIAGNOSTIC, DIAGNOSTIC_UNMAPPED, 0);
        return -1;
    }
    forkcov_log.address = (char *)moved;
    forkcov_log.mapped = limit;
    return 0;
}

// Claims `size` bytes for a record. Null if there are none: then nothing is logged from now on. The log stays
// locked until `finish_record`.
static char *begin_record(size_t size) {
    lock(&forkcov_process.log_lock);
    if (forkcov_log.address) {
        uint64_t at = __atomic_fetch_add(log_word(LOG_NEXT), size, __ATOMIC_RELAXED);
        uint64_t end = at + size;
        uint64_t limit = __atomic_load_n(log_word(LOG_LIMIT), __ATOMIC_ACQUIRE);
        if (end > limit)
            limit = forkcov_question(QUESTION_LOG_SIZE, end, 0);
        if (limit && (end <= forkcov_log.mapped || !map_more(limit)))
            return forkcov_log.address + at;
        forkcov_log.address = NULL;
    }
    unlock(&forkcov_process.log_lock);
    return NULL;
}

static uint64_t record_header(int kind, size_t size) {
    uint64_t slots = size / LOG_SLOT;
    return forkcov_process.number | slots << LOG_SIZE_SHIFT | (uint64_t)kind << LOG_KIND_SHIFT;
}

// Completes a record, all of whose content is there. Gives its slot.
static uint32_t finish_record(char *record, int kind, size_t size) {
    __atomic_store_n((uint64_t *)record, record_header(kind, size) | LOG_COMPLETE, __ATOMIC_RELEASE);
    uint32_t slot = (record - forkcov_log.address) / LOG_SLOT;
    unlock(&forkcov_process.log_lock);
    return slot;
}

static void put_field(char *record, size_t offset, uint32_t value) {
    *(uint32_t *)(record + offset) = value;
}

// A line of the code object in slot `code` ran.
static void log_line(uint32_t code, uint32_t line) {
    char *record = begin_record(LOG_SLOT);
    if (!record)
        return;
    put_field(record, LOG_LINE_CODE, code);
    put_field(record, LOG_LINE_NUMBER, line);
    finish_record(record, LOG_LINE, LOG_SLOT);
}

// What the log says of a code object.
typedef struct {
    uint32_t file; // slots
    uint32_t parent;
    uint32_t first_line;
    uint32_t flags;
    uint32_t code_size;
    const char *name;
    size_t name_size;
    const char *table;
    size_t table_size;
} CodeRecord;

// Logs a code object. Gives its slot; 0 if there is no room.
static uint32_t log_code(const CodeRecord *code) {
    size_t content = LOG_CODE_CONTENT + code->name_size + code->table_size;
    size_t size = (content + LOG_SLOT - 1) / LOG_SLOT * LOG_SLOT;
    char *record = begin_record(size);
    if (!record)
        return 0;
    // If the process is killed from here on, a reader can skip the record.
    __atomic_store_n((uint64_t *)record, record_header(LOG_CODE, size), __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    put_field(record, LOG_CODE_FILE, code->file);
    put_field(record, LOG_CODE_PARENT, code->parent);
    put_field(record, LOG_CODE_FIRST_LINE, code->first_line);
    put_field(record, LOG_CODE_NAME_LENGTH, code->name_size);
    put_field(record, LOG_CODE_TABLE_LENGTH, code->table_size);
    put_field(record, LOG_CODE_FLAGS, code->flags);
    put_field(record, LOG_CODE_CODE_SIZE, code->code_size);
    copy_bytes(record + LOG_CODE_CONTENT, code->name, code->name_size);
    copy_bytes(record + LOG_CODE_CONTENT + code->name_size, code->table, code->table_size);
    return finish_record(record, LOG_CODE, size);
}
