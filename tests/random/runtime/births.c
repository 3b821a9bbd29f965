// How tasks are born.
#include "runtime.h"
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include "role.h"

void seed(struct self *me) {
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
