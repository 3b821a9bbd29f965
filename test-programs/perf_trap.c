// A hardware breakpoint of the program's own on a planted line, and a watchpoint on a variable, by perf_event_open with
// sigtrap: each is a SIGTRAP with the code TRAP_PERF, the event's data, and nothing more.
// processes: 1
// needs: perf
// no-oracle: a stepper takes its traps
#define _GNU_SOURCE
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include "role.h"

#ifndef TRAP_PERF
#define TRAP_PERF 6
#endif

static volatile int traps, right, watched;

static void trapped(int signal, siginfo_t *info, void *context) { // hit: parent
    (void)signal, (void)context;
    traps++; // hit: parent
    // si_perf_data follows si_addr, and is the event's sig_data (sigaction(2)).
    unsigned long data;
    memcpy(&data, (char *)&info->si_addr + sizeof info->si_addr, sizeof data); // hit: parent
    right += info->si_code == TRAP_PERF && data == 0xfeed; // hit: parent
} // hit: parent

static int place(int n) { // hit: parent
    return n + 1; // hit: parent
} // hit: parent

static int open_event(unsigned type, void *address) { // hit: parent
    struct perf_event_attr event;
    memset(&event, 0, sizeof event); // hit: parent
    event.size = sizeof event; // hit: parent
    event.type = PERF_TYPE_BREAKPOINT; // hit: parent
    event.bp_type = type; // hit: parent
    event.bp_addr = (unsigned long)address; // hit: parent
    event.bp_len = type == HW_BREAKPOINT_X ? sizeof(long) : HW_BREAKPOINT_LEN_4; // hit: parent
    event.sample_period = 1; // hit: parent
    event.sigtrap = 1; // hit: parent
    event.sig_data = 0xfeed; // hit: parent
    event.remove_on_exec = 1; // hit: parent
    event.exclude_kernel = event.exclude_hv = 1; // hit: parent
    return (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO}; // hit: parent
    sigaction(SIGTRAP, &action, NULL); // hit: parent
    int execute = open_event(HW_BREAKPOINT_X, place), write = open_event(HW_BREAKPOINT_W, (void *)&watched); // hit: parent
    dprintf(1, "opened %d %d\n", execute >= 0, write >= 0); // hit: parent
    int sum = 0; // hit: parent
    for (int i = 0; i < 4; i++) // hit: parent
        sum += place(i); // hit: parent
    dprintf(1, "sum %d, traps %d, right %d\n", sum, traps, right); // hit: parent
    traps = right = 0; // hit: parent
    for (int i = 0; i < 4; i++) // hit: parent
        watched += i; // hit: parent
    dprintf(1, "watched %d, traps %d, right %d\n", watched, traps, right); // hit: parent
    ioctl(execute, PERF_EVENT_IOC_DISABLE, 0); // hit: parent
    ioctl(write, PERF_EVENT_IOC_DISABLE, 0); // hit: parent
    sum += place(watched++); // hit: parent
    dprintf(1, "sum %d, traps %d\n", sum, traps); // hit: parent
    return 0; // hit: parent
} // hit: parent
