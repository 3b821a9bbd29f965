// Handlers on alternate stacks: one that sets another for the handler it is interrupted by, one whose stack is
// disarmed while it runs (SS_AUTODISARM), and one that is left by siglongjmp and then used again.
// processes: 1
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include "role.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char first[65536], second[65536];
static sigjmp_buf out;
static volatile int leave;

static const char *where(void) { // hit: parent
    char here;
    if (&here >= first && &here < first + sizeof first) // hit: parent
        return "the first"; // hit: parent
    if (&here >= second && &here < second + sizeof second) // hit: parent
        return "the second"; // hit: parent
    return "its own"; // hit: parent
} // hit: parent

static void flags(const char *when) { // hit: parent
    stack_t now;
    sigaltstack(NULL, &now); // hit: parent
    int which = now.ss_sp == first ? 1 : now.ss_sp == second ? 2 : 0; // hit: parent
    dprintf(1, "%s: on %s stack, flags %#x, stack %d\n", when, where(), (unsigned)now.ss_flags, which); // hit: parent
} // hit: parent

static int use(char *stack, unsigned how) { // hit: parent
    return sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof first, .ss_flags = (int)how}, NULL); // hit: parent
} // hit: parent

static void inner(int signal) { // hit: parent
    (void)signal;
    flags("inner"); // hit: parent
} // hit: parent

static void outer(int signal) { // hit: parent
    (void)signal;
    flags("outer"); // hit: parent
    // Allowed here only because the stack is disarmed while this runs.
    int allowed = use(second, SS_AUTODISARM) == 0; // hit: parent
    dprintf(1, "another stack %s\n", allowed ? "allowed" : "refused"); // hit: parent
    raise(SIGUSR2); // hit: parent
    flags("back in outer"); // hit: parent
    if (leave) // hit: parent
        siglongjmp(out, 1); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    struct sigaction action = {.sa_handler = outer, .sa_flags = SA_ONSTACK}; // hit: parent
    sigaction(SIGUSR1, &action, NULL); // hit: parent
    action.sa_handler = inner; // hit: parent
    sigaction(SIGUSR2, &action, NULL); // hit: parent
    for (unsigned i = 0; i < 4; i++) { // hit: parent
        use(first, i % 2 ? SS_AUTODISARM : 0); // hit: parent
        leave = i / 2; // hit: parent
        if (sigsetjmp(out, 1) == 0) // hit: parent
            raise(SIGUSR1); // hit: parent
        else
            dprintf(1, "jumped\n"); // hit: parent
        flags("main"); // hit: parent
    }
    return 0; // hit: parent
} // hit: parent
