// What every generated program is linked with. It has no debug information, so that none of its own lines count.
#ifndef RUNTIME_H
#define RUNTIME_H

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

// log.c: the truth. Every line of interest begins with `L;`, so a process that runs it logs it right then. The empty
// assembly differs from line to line: without it a compiler may merge the calls of two lines into one of no line.
#define L                                                                                          \
    log_line(FILE_NUMBER << 24 | __LINE__);                                                        \
    __asm__ volatile("" : : "i"(__LINE__))
void log_line(unsigned place);
// Whatever was to be done for `value` is done here, and not in a later line's code. The instruction is for the line
// table: a row without code may stand where other lines' code is jumped to.
#define DONE(value) __asm__ volatile("nop" : "+r"(value))
// A cell of memory that all processes share, 0 at first.
volatile int *new_cell(void);
void wait_for(volatile int *cell);
// Writes "PATH WHAT NUMBER" to standard output, in one piece.
void note(const char *path, const char *what, long number);

// births.c: a task (a process or a thread) is known by the way it was born: "r.0t1.2" is the third child of the second
// thread of the first child of the first process; "x0" stands for an exec, and "*" for a child of which there may be
// any number. What a task draws depends on this path alone.
struct self {
    char path[60];
    unsigned random, births;
    struct crowd *crowd;
};
typedef unsigned work(struct self *me, unsigned x);
void seed(struct self *me);
unsigned draw(struct self *me, unsigned bound);
struct self extended(const struct self *me, const char *mark, unsigned number);
// Logs that this process has this path.
void name(const struct self *me);
// A handler, a constructor or a destructor: it draws the same wherever it runs.
struct self nobody(unsigned number);
struct child {
    pid_t pid, parent;
    unsigned number;
    volatile int *cell;
    int ended, status;
};
struct child unborn(struct self *me);
struct self newborn(const struct self *me, const struct child *child);
enum how { FORK, BARE_FORK, RAW_CLONE, SILENT_CLONE };
// Nothing of a line comes after the call that a child begins its life in: compilers disagree on whether such a rest
// begins the line once more. So neither is there a result.
void branch(struct self *me, enum how how, struct child *child);
// A forked process is another one now.
void become(struct self *me, struct self self);
// Am I the child? For one of vfork.
int is_me(struct child *child);
// A child that shares memory, on a stack of its own. Its parent waits until it has ended or called exec.
void branch_off(void (*run)(struct self *me, unsigned x), struct self *self, unsigned x, struct child *child);
// In between, no other thread makes a child that shares its memory.
void begin_alone(void);
void end_alone(void);

// images.c
struct self *begin(int argc, char **argv);
unsigned entry(int argc, char **argv);
struct child spawn(struct self *me, unsigned entry, unsigned x);
// By way of images that do nothing but exec the next one.
_Noreturn void exec_self(const struct self *me, unsigned entry, unsigned x, unsigned hops);

// waits.c
void await(const struct self *me, struct child *child);
void pester(struct child *child);
void stop_self(void);
// Nobody waits for this process: it, and those it makes, may outlive the first one.
void break_loose(void);
extern int is_loose;

// ends.c
int *nowhere(void);
_Noreturn void die(int signal);
_Noreturn void die_by_alarm(void);
void reset(int signal);
_Noreturn void park(volatile int *cell);
void kill_parked(struct child *child, int signal, unsigned microseconds);
_Noreturn void storm(struct self *me, volatile int *cell, work *work, unsigned x);

// threads.c
struct crowd *gather(struct self *me, int doomed);
void enlist(struct crowd *crowd, work *work, unsigned x);
void enlist_ender(struct crowd *crowd, work *work, unsigned x);
void enlist_storm(struct crowd *crowd, work *work, unsigned x);
void go(struct crowd *crowd);
unsigned join(struct crowd *crowd);
_Noreturn void leave(void);
_Noreturn void park_in(struct crowd *crowd);
void await_parked(struct crowd *crowd);
void await_storm(struct crowd *crowd, unsigned microseconds);

// signals.c
enum way { RAISE, KILL, QUEUE };
void handle(int signal, void (*handler)(int), int flags);
void arrived(int signal);
void send_self(int signal, enum way way);
void block(int signal);
void unblock(int signal);
void receive(const struct child *child, int signal);
void poke(const struct child *child, int signal);
timer_t tick(int signal);
void untick(timer_t timer, int signal);
sigjmp_buf *aim(sigjmp_buf *at);
_Noreturn void leap(void);
unsigned zero(void);

#endif
