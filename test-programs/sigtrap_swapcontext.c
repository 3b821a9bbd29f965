// Coroutines, each with its own signal mask: after new lines, each has it at each switch.
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <ucontext.h>
#include "role.h"
#include "signals.h"

static ucontext_t outside, inside; // none
static char stack[65536]; // none

static void coroutine(void) { // hit: parent
    signals("inside"); // hit: parent
    swapcontext(&inside, &outside); // hit: parent
    signals("inside again"); // hit: parent
    swapcontext(&inside, &outside); // hit: parent
}

int main(void) { // hit: parent
    role("parent"); // hit: parent
    getcontext(&inside); // hit: parent
    inside.uc_stack.ss_sp = stack; // hit: parent
    inside.uc_stack.ss_size = sizeof stack; // hit: parent
    sigfillset(&inside.uc_sigmask); // hit: parent
    makecontext(&inside, coroutine, 0); // hit: parent
    swapcontext(&outside, &inside); // hit: parent
    signals("outside"); // hit: parent
    swapcontext(&outside, &inside); // hit: parent
    signals("outside again"); // hit: parent
    return 0; // hit: parent
} // hit: parent
