// Threads that run at once. Those of a doomed crowd never end by themselves: each parks when its work is done, and the
// last one to be enlisted, its ender, ends the process when all the others are parked. So all that ran is logged.
#include "runtime.h"
#include <stdatomic.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

enum { SEATS = 8 };

struct seat {
    struct self self;
    struct crowd *crowd;
    work *work;
    unsigned x;
    enum { WORKS, ENDS, STORMS } kind;
    pthread_t thread;
};

struct crowd {
    struct self *me;
    struct seat seats[SEATS];
    int count, doomed;
    _Atomic int to_park, parked;
    volatile int running, *cell;
};

struct crowd *gather(struct self *me, int doomed) {
    struct crowd *crowd = calloc(1, sizeof *crowd);
    crowd->me = me;
    crowd->doomed = doomed;
    crowd->cell = new_cell();
    crowd->to_park = 1;
    me->crowd = crowd;
    return crowd;
}

static void park_thread(struct crowd *crowd) {
    crowd->parked++;
    for (;;)
        pause();
}

static void *sit(void *at) {
    struct seat *seat = at;
    wait_for(&seat->crowd->running);
    if (seat->kind == STORMS)
        storm(&seat->self, seat->crowd->cell, seat->work, seat->x);
    seat->x = seat->work(&seat->self, seat->x);
    if (seat->crowd->doomed)
        park_thread(seat->crowd);
    return NULL;
}

static void seat(struct crowd *crowd, work *work, unsigned x, int kind) {
    struct seat *seat = &crowd->seats[crowd->count++];
    seat->self = extended(crowd->me, "t", crowd->me->births++);
    seat->self.crowd = crowd;
    seat->crowd = crowd;
    seat->work = work;
    seat->x = x;
    seat->kind = kind;
    crowd->to_park += kind == WORKS;
    if (pthread_create(&seat->thread, NULL, sit, seat) != 0)
        _exit(92);
}

void enlist(struct crowd *crowd, work *work, unsigned x) { seat(crowd, work, x, WORKS); }

void enlist_ender(struct crowd *crowd, work *work, unsigned x) { seat(crowd, work, x, ENDS); }

void enlist_storm(struct crowd *crowd, work *work, unsigned x) { seat(crowd, work, x, STORMS); }

void go(struct crowd *crowd) { crowd->running = 1; }

unsigned join(struct crowd *crowd) {
    unsigned x = 0;
    for (int i = 0; i < crowd->count; i++) {
        pthread_join(crowd->seats[i].thread, NULL);
        x = x * 31 + crowd->seats[i].x;
    }
    crowd->me->crowd = NULL;
    free(crowd);
    return x;
}

// The first thread ends; the process goes on until the last one does, and then calls exit(3), if all goes well.
void leave(void) {
#ifdef __GLIBC__
    // In a static program this takes a lock, without which a process that is forked meanwhile cannot exit.
    if (getauxval(AT_BASE))
        pthread_exit(NULL);
#endif
    // After a fork, musl 1.2.3 never lets the others go when the first one has ended in the other way.
    syscall(SYS_exit, 0);
    _exit(88);
}

void park_in(struct crowd *crowd) {
    park_thread(crowd);
    _exit(91);
}

void await_parked(struct crowd *crowd) {
    while (crowd->parked < crowd->to_park)
        usleep(100);
}

void await_storm(struct crowd *crowd, unsigned microseconds) {
    wait_for(crowd->cell);
    usleep(microseconds);
}
