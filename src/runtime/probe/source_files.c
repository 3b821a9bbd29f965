// Source files by name: the probe asks once for each name whether the file counts.

typedef struct SourceFile {
    struct SourceFile *next;
    uint32_t number; // in the run; 0 if it does not count
    size_t size;
    char name[];
} SourceFile;

enum { BUCKETS = 1024 };
static SourceFile *source_files[BUCKETS];

static SourceFile **bucket_of(const char *name, size_t size) {
    uint32_t hash = 2166136261u; // FNV-1a
    for (size_t at = 0; at < size; at++)
        hash = (hash ^ (unsigned char)name[at]) * 16777619u;
    return &source_files[hash % BUCKETS];
}

static int is_named(const SourceFile *file, const char *name, size_t size) {
    size_t at = 0;
    while (file->size == size && at < size && file->name[at] == name[at])
        at++;
    return file->size == size && at == size;
}

// The number of the source file called `name`, or 0 if it does not count. A name like `<string>` is no
// file's.
static uint32_t source_file_number(const char *name, size_t size) {
    SourceFile **bucket = bucket_of(name, size);
    for (SourceFile *file = *bucket; file; file = file->next)
        if (is_named(file, name, size))
            return file->number;
    uint32_t number = size && name[0] != '<' ? forkcov_question(QUESTION_FILE, (uint64_t)name, size) : 0;
    SourceFile *file = allocate(sizeof *file + size);
    if (file) {
        file->number = number;
        file->size = size;
        copy_bytes(file->name, name, size);
        lock(&forkcov_process.lists_lock);
        file->next = *bucket;
        __atomic_store_n(bucket, file, __ATOMIC_RELEASE);
        unlock(&forkcov_process.lists_lock);
    }
    return number;
}
