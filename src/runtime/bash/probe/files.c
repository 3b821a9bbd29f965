// The source file behind a name that the shell has for it.

enum { MOST_PATH = 4096 }; // PATH_MAX

static char path[2 * MOST_PATH];

// Are these names of descriptors, and not of files?
static int is_descriptor(const char *name) {
    return begins_with(name, "/dev/fd/") || is_same(name, "/dev/stdin") || begins_with(name, "/proc/");
}

// The number of the file with this absolute name; 0 if it does not count.
static uint32_t file_called(const char *name) {
    return is_descriptor(name) ? 0 : source_file_number(name, length_of(name));
}

// The number of a file that the shell has just opened by this name.
static uint32_t file_opened(const char *name) {
    if (*name == '/')
        return file_called(name);
    size_t size = length_of(name) + 1;
    long length = system_call(SYS_getcwd, (long)path, MOST_PATH, 0, 0, 0, 0); // with the null byte
    if (is_error(length) || *path != '/' || size > MOST_PATH)
        return 0;
    path[length - 1] = '/';
    copy_bytes(path + length, name, size);
    return file_called(path);
}

static const char *base_of(const char *name) {
    const char *base = name;
    for (; *name; name++)
        if (*name == '/')
            base = name + 1;
    return base;
}

// The path of the script that the shell reads from a descriptor, if `name` is its name, whatever directory
// was current when it was opened. Null if that is not known.
static const char *path_of_script(const char *name) {
    enum { CURRENT_DIRECTORY = -100 }; // AT_FDCWD
    char link[32] = "/proc/self/fd/";
    size_t at = sizeof "/proc/self/fd/" - 1;
    int descriptor = shell.default_buffered_input ? *shell.default_buffered_input : -1;
    if (descriptor < 0)
        return NULL;
    int scale = 1;
    while (descriptor / scale >= 10)
        scale *= 10;
    for (; scale; scale /= 10)
        link[at++] = '0' + descriptor / scale % 10;
    link[at] = 0;
    long length = system_call(SYS_readlinkat, CURRENT_DIRECTORY, (long)link, (long)path, MOST_PATH - 1, 0, 0);
    if (length <= 0)
        return NULL;
    path[length] = 0;
    return *path == '/' && is_same(base_of(path), base_of(name)) ? path : NULL;
}
