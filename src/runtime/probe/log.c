// Appends records to the log of the process: a file that no other process maps. (docs/data-file.md has the
// format.) A record that is complete counts from then on, however the process ends.
//
// The log is asked for when there is something to log. A child of fork(2) has none at first: it does not
// inherit the mapping. Where the process cannot map its log, or no more of it, the recorder appends each
// record: `LOG_REMOTE`.
//
// A shell forks so often that asking costs more than all else. So its children have their logs in one file,
// which they inherit mapped: each in the place that the tracer names. When that is full, the child asks. When
// all places are taken, the shell asks for another log, and has another file with it.

enum { LOG_NOT_ASKED_FOR, LOG_MAPPED, LOG_REMOTE, LOG_MISSING }; // `log_state`, in a new process the first

enum { DONT_FORK = 10, WIPE_ON_FORK = 18 }; // advice to madvise(2)

static uint32_t log_version; // of the interpreter
static uint32_t continued_log; // by the log of the process: its number, plus 1
static uint32_t has_mapped_log; // the process or its parent, since it runs this program
static char *child_logs; // where they are mapped

// Does a process have the filters that it had when it mapped a log (seccomp(2))?
#ifndef FILTERS_STAY
#define FILTERS_STAY 0
#endif

// Lets the kernel clear the state of the process in a child.
static void clear_state_in_children(void) {
    system_call(SYS_madvise, (long)&forkcov_process, STATE_PAGE, WIPE_ON_FORK, 0, 0, 0);
}

typedef struct {
    int log, child_logs; // -1 if there is none
} LogFiles;

// Receives files through a socket, with the layouts of recvmsg(2) and cmsg(3).
static LogFiles receive_files(int socket) {
    enum { CLOSE_ON_EXEC = 0x40000000, DONT_WAIT = 0x40 };
    char byte;
    struct {
        void *address;
        uint64_t size;
    } vector = {&byte, 1};
    struct {
        uint64_t size;
        int level, type;
        LogFiles files;
    } control = {.files = {-1, -1}};
    struct {
        void *name;
        uint64_t name_size;
        void *vectors;
        uint64_t count;
        void *control;
        uint64_t control_size;
        uint64_t flags;
    } message = {.vectors = &vector, .count = 1, .control = &control, .control_size = sizeof control};
    long got = system_call(SYS_recvmsg, socket, (long)&message, CLOSE_ON_EXEC | DONT_WAIT, 0, 0, 0);
    if (got != 1 || !message.control_size)
        return (LogFiles){-1, -1};
    return *(volatile LogFiles *)&control.files;
}

static void close_file(int file) {
    system_call(SYS_close, file, 0, 0, 0, 0, 0);
}

// Makes a pair of sockets for `receive_files`. Gives 0 if that cannot be done.
static int make_sockets(int sockets[2]) {
    enum { UNIX = 1, STREAM = 1, CLOSE_ON_EXEC = 02000000 };
    return !is_error(system_call(SYS_socketpair, UNIX, STREAM | CLOSE_ON_EXEC, 0, (long)sockets, 0, 0));
}

// Asks for the log of the process. Gives the files that are to be mapped.
static LogFiles ask_for_log(void) {
    int sockets[2];
    // A filter may kill for these calls: then they must not be made before the answer.
    int is_made = FILTERS_STAY && has_mapped_log && make_sockets(sockets);
    uint64_t log = (uint64_t)log_version << 32 | forkcov_log.number;
    uint64_t answer = forkcov_question(QUESTION_LOG, log, is_made ? sockets[0] + 1 : 0);
    int is_sent = is_made;
    if (answer == LOG_ANSWER_MAP && !is_made) {
        is_made = make_sockets(sockets);
        is_sent = is_made && forkcov_question(QUESTION_PASS, sockets[0], 0);
    }
    LogFiles files = {-1, -1};
    if (answer == LOG_ANSWER_MAP && is_sent)
        files = receive_files(sockets[1]);
    if (is_made) {
        close_file(sockets[0]);
        close_file(sockets[1]);
    }
    forkcov_process.log_state = answer == LOG_ANSWER_NONE ? LOG_MISSING : LOG_REMOTE;
    return files;
}

// Maps a file, and closes it. Gives NULL if that cannot be done.
static char *map_file(int file, size_t size) {
    enum { READ_WRITE = 3, SHARED = 1 };
    if (file < 0)
        return NULL;
    long mapped = system_call(SYS_mmap, 0, size, READ_WRITE, SHARED, file, 0);
    close_file(file);
    return is_error(mapped) ? NULL : (char *)mapped;
}

// The log of the process is at `log` now.
static void begin_log(char *log) {
    forkcov_process.log = log;
    forkcov_process.log_next = LOG_HEADER;
    forkcov_process.log_state = LOG_MAPPED;
}

// Opens the log of the process in its place among those of children. Gives 0 if it has none there.
static int open_log_in_place(void) {
    if (!forkcov_process.place || !child_logs)
        return 0;
    continued_log = forkcov_log.number;
    begin_log(child_logs + (forkcov_process.place - 1) * LOG_PLACE);
    forkcov_log.size = LOG_PLACE;
    forkcov_log.first = *(uint32_t *)(forkcov_process.log + LOG_FIRST);
    forkcov_log.number = forkcov_process.log_number;
    return 1;
}

// Opens the log of the process, and maps it if that can be done.
static void open_log(void) {
    enum { MAPPED_AT_FIRST = 1 << 18 };
    forkcov_process.log_state = LOG_MISSING;
    continued_log = forkcov_log.number;
    if (child_logs) // Children get others from now on.
        system_call(SYS_munmap, (long)child_logs, LOG_PLACES * LOG_PLACE, 0, 0, 0, 0);
    child_logs = NULL;
    LogFiles files = ask_for_log();
    if (files.log < 0)
        return;
    if (forkcov_process.log_mapped) // of the context before
        system_call(SYS_munmap, (long)forkcov_process.log, forkcov_process.log_mapped, 0, 0, 0, 0);
    forkcov_process.log_mapped = 0;
    child_logs = map_file(files.child_logs, LOG_PLACES * LOG_PLACE);
    char *log = map_file(files.log, MAPPED_AT_FIRST);
    if (!log)
        return;
    system_call(SYS_madvise, (long)log, MAPPED_AT_FIRST, DONT_FORK, 0, 0, 0);
    forkcov_process.log_mapped = MAPPED_AT_FIRST;
    begin_log(log);
    has_mapped_log = 1;
}

// Ends the log of the process. When there is something to log again, the process asks for another.
static void end_log(void) {
    lock(&forkcov_process.log_lock);
    // A log that describes no code need not be continued.
    int is_continued = forkcov_process.describes_code || forkcov_process.log_state == LOG_NOT_ASKED_FOR;
    if (!is_continued)
        forkcov_log.number = continued_log;
    forkcov_process.describes_code = 0;
    forkcov_process.place = 0;
    forkcov_process.log_state = LOG_NOT_ASKED_FOR;
    unlock(&forkcov_process.log_lock);
}

// Have children got all places of their file? The tracer has written to the last one then.
__attribute__((unused)) static int child_logs_are_full(void) {
    return forkcov_process.log_state == LOG_MAPPED && child_logs &&
        *(volatile uint64_t *)(child_logs + (LOG_PLACES - 1) * LOG_PLACE);
}

// Continues in another log, which comes with another file for those of children.
__attribute__((unused)) static void renew_log(void) {
    end_log();
    lock(&forkcov_process.log_lock);
    open_log();
    unlock(&forkcov_process.log_lock);
}

// Lets the log have `end` bytes, and maps them. More is mapped than the file has: a filter of the program's
// (seccomp(2)) may kill for the call that maps it anew.
static void grow_log(uint64_t end) {
    enum { MREMAP_MAYMOVE = 1 };
    if (forkcov_process.place) { // It is full.
        forkcov_process.place = 0;
        return open_log();
    }
    uint64_t size = forkcov_question(QUESTION_LOG_SIZE, end, 0);
    if (size < end) {
        forkcov_process.log_state = LOG_MISSING;
        return;
    }
    if (size > forkcov_process.log_mapped) {
        long address = (long)forkcov_process.log, mapped = forkcov_process.log_mapped;
        long moved = system_call(SYS_mremap, address, mapped, 2 * size, MREMAP_MAYMOVE, 0, 0);
        if (is_error(moved)) {
            forkcov_process.log_state = LOG_REMOTE;
            return;
        }
        forkcov_process.log = (char *)moved;
        forkcov_process.log_mapped = 2 * size;
    }
    forkcov_log.size = size;
}

// Room for a record of `size` bytes, which are 0. Null if there is none. The log stays locked until
// `finish_record`.
static char *begin_record(size_t size) {
    if (forkcov_process.is_released)
        return NULL;
    lock(&forkcov_process.log_lock);
    if (forkcov_process.log_state == LOG_NOT_ASKED_FOR && !open_log_in_place())
        open_log();
    while (forkcov_process.log_state == LOG_MAPPED) {
        uint64_t at = forkcov_process.log_next, end = at + size;
        if (end <= forkcov_log.size) {
            forkcov_process.log_next = end;
            return forkcov_process.log + at;
        }
        grow_log(end);
    }
    char *record = forkcov_process.log_state == LOG_REMOTE ? allocate(size) : NULL;
    if (!record)
        unlock(&forkcov_process.log_lock);
    return record;
}

static uint64_t record_header(int kind, size_t size) {
    uint64_t slots = size / LOG_SLOT;
    return forkcov_process.number | slots << LOG_SIZE_SHIFT | (uint64_t)kind << LOG_KIND_SHIFT;
}

// Begins a record of more than one slot. If the process is killed from here on, a reader can skip it.
static void begin_content(char *record, int kind, size_t size) {
    __atomic_store_n((uint64_t *)record, record_header(kind, size), __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

// Completes a record, all of whose content is there. Gives its slot; 0 if it is lost.
static uint32_t finish_record(char *record, int kind, size_t size) {
    __atomic_store_n((uint64_t *)record, record_header(kind, size) | LOG_COMPLETE, __ATOMIC_RELEASE);
    uint32_t slot;
    if (forkcov_process.log_state == LOG_MAPPED) {
        slot = forkcov_log.first + (record - forkcov_process.log) / LOG_SLOT;
    } else {
        slot = forkcov_question(QUESTION_RECORD, (uint64_t)record, size);
        deallocate(record, size);
    }
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

// Control went from a line of the code object in slot `code` to another one, or out of the code object: then
// `to` is the first line of that, negated.
__attribute__((unused)) static void log_arc(uint32_t code, int from, int to) {
    char *record = begin_record(LOG_ARC_SIZE);
    if (!record)
        return;
    begin_content(record, LOG_ARC, LOG_ARC_SIZE);
    put_field(record, LOG_ARC_CODE, code);
    put_field(record, LOG_ARC_FROM, from);
    put_field(record, LOG_ARC_TO, to);
    finish_record(record, LOG_ARC, LOG_ARC_SIZE);
}

// What the log says of a code object.
typedef struct {
    uint32_t file; // its number
    uint32_t parent; // a slot
    uint32_t first_line;
    uint32_t flags;
    uint32_t code_size;
    const char *name;
    size_t name_size;
    const char *table;
    size_t table_size;
} CodeRecord;

// Logs a code object. Gives its slot; 0 if that cannot be done.
static uint32_t log_code(const CodeRecord *code) {
    size_t content = LOG_CODE_CONTENT + code->name_size + code->table_size;
    size_t size = (content + LOG_SLOT - 1) / LOG_SLOT * LOG_SLOT;
    if (size > LOG_MOST_RECORD) {
        forkcov_question(QUESTION_DIAGNOSTIC, DIAGNOSTIC_TOO_LARGE, 0);
        return 0;
    }
    char *record = begin_record(size);
    if (!record)
        return 0;
    begin_content(record, LOG_CODE, size);
    put_field(record, LOG_CODE_FILE, code->file);
    put_field(record, LOG_CODE_PARENT, code->parent);
    put_field(record, LOG_CODE_FIRST_LINE, code->first_line);
    put_field(record, LOG_CODE_NAME_LENGTH, code->name_size);
    put_field(record, LOG_CODE_TABLE_LENGTH, code->table_size);
    put_field(record, LOG_CODE_FLAGS, code->flags);
    put_field(record, LOG_CODE_CODE_SIZE, code->code_size);
    copy_bytes(record + LOG_CODE_CONTENT, code->name, code->name_size);
    copy_bytes(record + LOG_CODE_CONTENT + code->name_size, code->table, code->table_size);
    forkcov_process.describes_code = 1;
    return finish_record(record, LOG_CODE, size);
}
