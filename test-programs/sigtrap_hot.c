// A program that changes its signal mask two million times, as coroutines do at each switch, is not slowed down for
// ever: what was learnt of SIGTRAP is then forgotten, and the program runs through.
// processes: 1
// no-oracle: millions of system calls
#include <ucontext.h>
#include "role.h"
#include "signals.h"

static ucontext_t outside, inside; // none
static char stack[65536]; // none
static volatile int switches; // none

static void coroutine(void) { // hit: parent
    for (;;) { // none
        switches++; // hit: parent
        swapcontext(&inside, &outside); // hit: parent
    } // none
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    getcontext(&inside); // hit: parent
    inside.uc_stack.ss_sp = stack; // hit: parent
    inside.uc_stack.ss_size = sizeof stack; // hit: parent
    makecontext(&inside, coroutine, 0); // hit: parent
    for (int n = 0; n < 800000; n++) // hit: parent
        swapcontext(&outside, &inside); // hit: parent
    sigset_t all, none; // none
    sigfillset(&all); // hit: parent
    sigemptyset(&none); // hit: parent
    for (int n = 0; n < 300000; n++) { // hit: parent
        sigprocmask(SIG_SETMASK, &all, NULL); // hit: parent
        sigprocmask(SIG_SETMASK, &none, NULL); // hit: parent
    }
    dprintf(1, "%d switches\n", switches); // hit: parent
    signals("at last"); // hit: parent
    return 0; // hit: parent
} // hit: parent
