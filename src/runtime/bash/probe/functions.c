// Functions of the shell: where each was defined. Its source is known from the command that defined it, since
// the name that the shell keeps may be relative to another directory than that of the call.

typedef struct Definition {
    struct Definition *next;
    Unit *unit; // null if its source does not count, or if its lines are not those of a file
    char name[];
} Definition;

enum { DEFINITION_BUCKETS = 256 };
static Definition *definitions[DEFINITION_BUCKETS];

static Definition **definitions_like(const char *name) {
    uint32_t hash = 2166136261u; // FNV-1a
    for (size_t at = 0; name[at]; at++)
        hash = (hash ^ (unsigned char)name[at]) * 16777619u;
    return &definitions[hash % DEFINITION_BUCKETS];
}

// The last definition of a function. Null if the probe has seen none.
static Definition *definition_of(const char *name) {
    Definition *definition = *definitions_like(name);
    while (definition && !is_same(definition->name, name))
        definition = definition->next;
    return definition;
}

// A function is defined at `line` of the source file with the number `file`; 0 if it does not count.
static void define(const char *name, uint32_t file, uint32_t line) {
    Definition *definition = definition_of(name);
    if (!definition) {
        size_t size = length_of(name) + 1;
        definition = allocate(sizeof *definition + size);
        if (!definition)
            return;
        copy_bytes(definition->name, name, size);
        Definition **bucket = definitions_like(name);
        definition->next = *bucket;
        *bucket = definition;
    }
    definition->unit = file && line ? unit_of(file, line, name) : NULL;
}
