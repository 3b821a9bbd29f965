// Strings.

static size_t length_of(const char *text) {
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

static int is_same(const char *one, const char *other) {
    size_t at = 0;
    while (one[at] && one[at] == other[at])
        at++;
    return one[at] == other[at];
}

static int begins_with(const char *text, const char *beginning) {
    size_t at = 0;
    while (beginning[at] && text[at] == beginning[at])
        at++;
    return !beginning[at];
}

// A copy of `text`, which stays. Null if there is no memory.
static char *keep_text(const char *text) {
    size_t size = length_of(text) + 1;
    char *kept = allocate(size);
    return kept ? copy_bytes(kept, text, size) : NULL;
}
