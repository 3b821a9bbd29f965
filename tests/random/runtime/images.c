// The images that processes run.
#include "runtime.h"
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

extern char **environ;

unsigned entry(int argc, char **argv) { return argc > 2 ? (unsigned)atoi(argv[2]) : 0; }

struct self *begin(int argc, char **argv) {
    static struct self me;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    snprintf(me.path, sizeof me.path, "%s", argc > 1 ? argv[1] : "r");
    seed(&me);
    name(&me);
    is_loose = argc > 5;
    if (argc > 4 && atoi(argv[4]) > 0)
        exec_self(&me, entry(argc, argv), (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]) - 1);
    return &me;
}

// The arguments of a new image: its path, its entry and its number.
struct arguments {
    char path[sizeof(struct self)], entry[12], x[12], hops[12], *list[7];
};

static void argue(struct arguments *to, const struct self *me, unsigned entry, unsigned x, unsigned hops) {
    snprintf(to->path, sizeof to->path, "%s", me->path);
    snprintf(to->entry, sizeof to->entry, "%u", entry);
    snprintf(to->x, sizeof to->x, "%u", x);
    snprintf(to->hops, sizeof to->hops, "%u", hops);
    char *list[] = {"program", to->path, to->entry, to->x, to->hops, is_loose ? "loose" : NULL, NULL};
    memcpy(to->list, list, sizeof list);
}

struct child spawn(struct self *me, unsigned entry, unsigned x) {
    struct child child = unborn(me);
    struct self self = newborn(me, &child);
    struct arguments arguments;
    argue(&arguments, &self, entry, x, 0);
    if (posix_spawn(&child.pid, "./program", NULL, NULL, arguments.list, environ) != 0)
        _exit(95);
    return child;
}

void exec_self(const struct self *me, unsigned entry, unsigned x, unsigned hops) {
    struct self self = extended(me, "x", 0);
    struct arguments arguments;
    argue(&arguments, &self, entry, x, hops);
    switch (self.random % 3) {
    case 0:
        execv("./program", arguments.list);
        break;
    case 1:
        execv("/proc/self/exe", arguments.list);
        break;
    default:
        fexecve(open("./program", O_RDONLY | O_CLOEXEC), arguments.list, environ);
    }
    _exit(94);
}
