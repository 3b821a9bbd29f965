// Code units: what lines belong to in the log. A source file is one, and so is each function.

typedef struct Unit {
    struct Unit *next;
    uint32_t number; // in the process and its children, from 1 on
    uint32_t file; // of its source
    uint32_t line; // at which a function begins; 0 of a source file
    uint32_t slot; // in the log; 0 if it is not logged yet
    char name[]; // of a function
} Unit;

enum { UNIT_BUCKETS = 256 };
static Unit *units[UNIT_BUCKETS];
static uint32_t units_made;

// The unit of this file, line and name, which is logged. Null if there is no memory.
static Unit *unit_of(uint32_t file, uint32_t line, const char *name) {
    Unit **bucket = &units[(file * 31 + line) % UNIT_BUCKETS];
    Unit *unit = *bucket;
    while (unit && (unit->file != file || unit->line != line || !is_same(unit->name, name)))
        unit = unit->next;
    if (unit)
        return unit;
    size_t size = length_of(name);
    unit = allocate(sizeof *unit + size + 1);
    if (!unit)
        return NULL;
    unit->number = ++units_made;
    unit->file = file;
    unit->line = line;
    copy_bytes(unit->name, name, size + 1);
    CodeRecord record = {.file = file, .first_line = line, .flags = line ? SHELL_FUNCTION : 0, .name = name};
    record.name_size = size;
    unit->slot = log_code(&record);
    unit->next = *bucket;
    return *bucket = unit;
}
