// How processes are born, and how their parents wait for them.
#include "runtime.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "role.h"

extern char **environ;

static void seed(struct self *me) {
    me->random = 2166136261;
    for (const char *at = me->path; *at; at++)
        me->random = (me->random ^ (unsigned char)*at) * 16777619;
    me->births = 0;
    me->crowd = NULL;
}

struct self extended(const struct self *me, const char *mark, unsigned number) {
    struct self other;
    int length = snprintf(other.path, sizeof other.path, "%s%s%u", me->path, mark, number);
    if (length >= (int)sizeof other.path)
        _exit(97);
    seed(&other);
    return other;
}

unsigned draw(struct self *me, unsigned bound) {
    me->random = me->random * 1664525 + 1013904223;
    return (me->random >> 16) % bound;
}

unsigned entry(int argc, char **argv) { return argc > 2 ? (unsigned)atoi(argv[2]) : 0; }

struct self *begin(int argc, char **argv) {
    static struct self me;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    snprintf(me.path, sizeof me.path, "%s", argc > 1 ? argv[1] : "r");
    seed(&me);
    name(&me);
    if (argc > 4 && atoi(argv[4]) > 0)
        exec_self(&me, entry(argc, argv), (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]) - 1);
    return &me;
}

struct self nobody(unsigned number) {
    struct self self = {.path = "nobody"};
    return extended(&self, "", number);
}

void name(const struct self *me) { role(me->path); }

struct child unborn(struct self *me) {
    return (struct child){.pid = -1, .parent = getpid(), .number = me->births++, .cell = new_cell()};
}

struct self newborn(const struct self *me, const struct child *child) {
    return extended(me, ".", child->number);
}

int is_me(struct child *child) {
    if (getpid() == child->parent)
        return 0;
    child->pid = getpid();
    return 1;
}

static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;

void begin_alone(void) { pthread_mutex_lock(&alone); }

void end_alone(void) { pthread_mutex_unlock(&alone); }

void become(struct self *me, struct self self) {
    *me = self;
    // In the parent, another thread may have it.
    alone = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    name(me);
}

void branch(struct self *me, enum how how, struct child *child) {
    *child = unborn(me);
#ifndef __GLIBC__
    // musl's threads need what only its own fork sets up.
    how = FORK;
#endif
    switch (how) {
    case FORK:
        child->pid = fork();
        break;
    case BARE_FORK:
        child->pid = _Fork();
        break;
    case RAW_CLONE:
        child->pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        break;
    case SILENT_CLONE:
        child->pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
        break;
    }
    if (child->pid < 0)
        _exit(95);
    if (child->pid == 0)
        become(me, newborn(me, child));
}

struct branch_off {
    void (*run)(struct self *me, unsigned x);
    struct self *self;
    unsigned x;
};

static int run_branch(void *at) {
    struct branch_off *branch = at;
    branch->run(branch->self, branch->x);
    _exit(89);
}

void branch_off(void (*run)(struct self *me, unsigned x), struct self *self, unsigned x, struct child *child) {
    size_t size = 1 << 18;
    char *stack = malloc(size);
    struct branch_off branch = {run, self, x};
    child->pid = clone(run_branch, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD, &branch);
    if (child->pid < 0)
        _exit(95);
    free(stack);
}

// The arguments of a new image: its path, its entry and its number.
struct arguments {
    char path[sizeof(struct self)], entry[12], x[12], hops[12], *list[6];
};

static void argue(struct arguments *to, const struct self *me, unsigned entry, unsigned x, unsigned hops) {
    snprintf(to->path, sizeof to->path, "%s", me->path);
    snprintf(to->entry, sizeof to->entry, "%u", entry);
    snprintf(to->x, sizeof to->x, "%u", x);
    snprintf(to->hops, sizeof to->hops, "%u", hops);
    char *list[] = {"program", to->path, to->entry, to->x, to->hops, NULL};
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

static void wait_once(struct child *child) {
    while (waitpid(child->pid, &child->status, __WALL | WUNTRACED) != child->pid)
        if (errno != EINTR)
            _exit(93);
    child->ended = !WIFSTOPPED(child->status);
}

void await(const struct self *me, struct child *child) {
    struct self self = newborn(me, child);
    while (!child->ended) {
        wait_once(child);
        if (!child->ended) {
            note(self.path, "stopped by", WSTOPSIG(child->status));
            kill(child->pid, SIGCONT);
        }
    }
    if (WIFEXITED(child->status))
        note(self.path, "exited with", WEXITSTATUS(child->status));
    else
        note(self.path, "killed by", WTERMSIG(child->status));
}

// Stops it, wherever it is, and lets it go on.
void pester(struct child *child) {
    for (int i = 0; i < 5 && !child->ended; i++) {
        kill(child->pid, SIGSTOP);
        wait_once(child);
        if (!child->ended)
            kill(child->pid, SIGCONT);
        usleep(300);
    }
}
