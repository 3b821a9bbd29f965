// A program that has threads steps itself through lines by the trap flag: it gets a SIGTRAP after each instruction, as many
// as without a tracer, none of them at an address that it would not have been at. It sets its handler before the threads.
// processes: 1
// variant: ended: -DENDED
// variant: waits:
// compile: -pthread
// no-oracle: it steps itself
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>
#include "role.h"

static volatile int steps, other;
static volatile unsigned long path;
static char *start;

static void stepped(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal;
    steps++; // hit: parent
    other += info->si_code != TRAP_TRACE && info->si_code != TRAP_BRKPT; // hit: parent
    unsigned long offset = (unsigned long)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] - (unsigned long)start; // hit: parent
    path = path * 31 + offset; // hit: parent
} // hit: parent

static int lines(int n) { // hit: parent
    int a = n * 2; // hit: parent
    if (a > 10) // hit: parent
        a -= 3; // hit: parent
    for (int i = 0; i < 3; i++) // hit: parent
        a += i; // hit: parent
    return a; // hit: parent
} // hit: parent

// Its code is new when it is stepped through.
static int fresh(int n) { // hit: parent
    int a = n * 3; // hit: parent
    if (a > 15) // hit: parent
        a -= 3; // hit: parent
    for (int i = 0; i < 3; i++) // hit: parent
        a += i; // hit: parent
    return a; // hit: parent
} // hit: parent

static void *waits(void *descriptor) { // hit: parent
    char byte;
    return read(*(int *)descriptor, &byte, 1) == 1 ? descriptor : NULL; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    start = (char *)main; // hit: parent
    struct sigaction action = {.sa_sigaction = stepped, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    int ends[2];
    pthread_t thread;
    if (pipe(ends) || pthread_create(&thread, NULL, waits, ends)) // hit: parent
        return 1; // miss
#ifdef ENDED
    if (write(ends[1], "x", 1) != 1) return 1;
    pthread_join(thread, NULL);
#endif
    role("parent"); // hit: parent
    int warm = 0; // hit: parent
    for (int i = 0; i < 20; i++) // hit: parent
        warm += lines(i); // hit: parent
    for (int i = 5; i < 7; i++) { // hit: parent
        steps = 0, path = 0; // hit: parent
        __asm__ volatile("pushfq\n orq $0x100, (%%rsp)\n popfq" ::: "memory", "cc"); // hit: parent
        int got = fresh(i); // hit: parent
        __asm__ volatile("pushfq\n andq $~0x100, (%%rsp)\n popfq" ::: "memory", "cc"); // hit: parent
        dprintf(1, "got %d, steps %d, path %lx, other %d\n", got, steps, path, other); // hit: parent
    }
#ifndef ENDED
    if (write(ends[1], "x", 1) != 1) return 1;
    pthread_join(thread, NULL);
#endif
    return warm == 0; // hit: parent
} // hit: parent
