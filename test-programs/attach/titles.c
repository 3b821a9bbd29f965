// Writes a title over its arguments, in the style that STYLE names, and runs a line while it is traced.
#include <stdlib.h>
#include <string.h>
#include "attach.h"

extern char **environ;

// The memory of the arguments, and of the environment right after it.
static char *start, *arguments_end, *end;

static void measure(int argc, char **argv) {
    start = argv[0];
    for (int i = 0; i < argc; i++)
        arguments_end = argv[i] + strlen(argv[i]) + 1;
    end = arguments_end;
    for (char **variable = environ; *variable; variable++)
        end = *variable + strlen(*variable) + 1;
}

// Copies the environment, so that its memory can be written to.
static void move_environment(void) {
    size_t count = 0;
    while (environ[count])
        count++;
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = strdup(environ[i]);
    environ = copy;
}

// The title, and `padding` up to `last`, which becomes a NUL.
static void title(const char *text, char padding, char *last) {
    size_t length = strlen(text);
    memcpy(start, text, length);
    memset(start + length, padding, last - 1 - (start + length));
    last[-1] = 0;
}

static void set(const char *style, int argc, char **argv) {
    move_environment();
    if (!strcmp(style, "postgres")) {
        title("postgres: walwriter", 0, end);
        for (int i = 1; i < argc; i++)
            argv[i] = end - 1;
    } else if (!strcmp(style, "nginx")) {
        argv[1] = NULL;
        title("nginx: worker process", 0, end);
    } else if (!strcmp(style, "sshd")) {
        title("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", 0, end);
    } else if (!strcmp(style, "spaces")) {
        title("sendmail: accepting connections", ' ', end);
    } else if (!strcmp(style, "spaces in the arguments")) {
        title("ftpd: idle", ' ', arguments_end);
    } else if (!strcmp(style, "short")) {
        title("x: y", 0, arguments_end);
    } else if (!strcmp(style, "as many NULs as arguments")) {
        title("", 'z', arguments_end - argc + 1);
        memset(arguments_end - argc, 0, argc);
    } else if (!strcmp(style, "the same, and the array ends")) {
        argv[1] = NULL;
        title("", 'z', arguments_end - argc + 1);
        memset(arguments_end - argc, 0, argc);
    } else if (!strcmp(style, "exactly as long")) {
        title("", 'z', arguments_end);
    } else if (!strcmp(style, "one longer, as redis")) {
        title("", 'z', arguments_end);
        arguments_end[-1] = ' ';
        arguments_end[0] = 0;
    } else if (!strcmp(style, "into the environment")) {
        title("", 'z', arguments_end + 5);
    } else if (!strcmp(style, "not cleared")) {
        strcpy(start, "x");
    } else if (!strcmp(style, "a password cleared")) {
        memset(argv[1], 0, strlen(argv[1]));
    } else if (!strcmp(style, "a password masked")) {
        memset(argv[1], 'x', strlen(argv[1]));
    } else if (!strcmp(style, "permuted")) {
        char *first = argv[1];
        argv[1] = argv[argc - 1];
        argv[argc - 1] = first;
    } else if (!strcmp(style, "escapes")) {
        title("t\033[2J\n::error::\342\200\256\377", 0, end);
    } else if (!strcmp(style, "nothing")) {
        memset(start, 0, end - start);
    }
}

int main(int argc, char **argv) {
    measure(argc, argv);
    set(getenv("STYLE"), argc, argv);
    at("ready");
    int n = argc + 1;
    at("traced");
    return n < 0;
}
