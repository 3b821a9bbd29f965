// Which lines of which units have run in this process, and for the context that it runs for. The kernel
// clears the table in a child (MADV_WIPEONFORK): what the parent ran counts again there.

static struct {
    uint64_t *entries; // the first has their number; 0 is a free one
    size_t size; // a power of two
} seen;

static size_t place_of(const uint64_t *entries, size_t size, uint64_t key) {
    size_t at = (key * 0x9e3779b97f4a7c15u >> 20) & (size - 1);
    while (at == 0 || (entries[at] && entries[at] != key))
        at = (at + 1) & (size - 1);
    return at;
}

static int is_seen(const Unit *unit, uint32_t line) {
    uint64_t key = (uint64_t)unit->number << 32 | line;
    return seen.size && seen.entries[place_of(seen.entries, seen.size, key)] == key;
}

static int make_room(void) {
    enum { READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22, SIZE_AT_FIRST = 512 };
    if (seen.size && seen.entries[0] < seen.size / 2)
        return 1;
    size_t size = seen.size ? 2 * seen.size : SIZE_AT_FIRST;
    long made = system_call(SYS_mmap, 0, size * sizeof(uint64_t), READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
    if (is_error(made))
        return 0;
    system_call(SYS_madvise, made, size * sizeof(uint64_t), WIPE_ON_FORK, 0, 0, 0);
    uint64_t *entries = (uint64_t *)made;
    for (size_t at = 1; at < seen.size; at++)
        if (seen.entries[at]) {
            entries[place_of(entries, size, seen.entries[at])] = seen.entries[at];
            entries[0]++;
        }
    if (seen.size)
        system_call(SYS_munmap, (long)seen.entries, seen.size * sizeof(uint64_t), 0, 0, 0, 0);
    seen.entries = entries;
    seen.size = size;
    return 1;
}

// Notes that a line has run. Gives 0 if there is no room to note it.
static int see(const Unit *unit, uint32_t line) {
    if (!make_room())
        return 0;
    uint64_t key = (uint64_t)unit->number << 32 | line;
    seen.entries[place_of(seen.entries, seen.size, key)] = key;
    seen.entries[0]++;
    return 1;
}

// Nothing has run for the context that begins.
static void forget_seen(void) {
    for (size_t at = 0; at < seen.size; at++)
        *(volatile uint64_t *)&seen.entries[at] = 0;
}
