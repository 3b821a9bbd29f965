// A thread that blocks all signals finds them blocked after new lines, and one beside it that blocks none, none.
// compile: -pthread
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <pthread.h>
#include "role.h"
#include "signals.h"

static int fresh(int n) { // hit: parent
    n *= 3; // hit: parent
    return n; // hit: parent
} // hit: parent

static void *blocks(void *argument) { // hit: parent
    sigset_t all; // none
    sigfillset(&all); // hit: parent
    pthread_sigmask(SIG_SETMASK, &all, NULL); // hit: parent
    fresh(1); // hit: parent
    signals("in a thread that blocks all"); // hit: parent
    return argument; // hit: parent
} // hit: parent

static void *inherits(void *argument) { // hit: parent
    signals("in a thread that was made by one that blocks all"); // hit: parent
    return argument; // hit: parent
} // hit: parent

static void *blocks_none(void *argument) { // hit: parent
    signals("in a thread that blocks none"); // hit: parent
    return argument; // hit: parent
} // hit: parent

static void run(void *(*start)(void *)) { // hit: parent
    pthread_t thread; // none
    pthread_create(&thread, NULL, start, NULL); // hit: parent
    pthread_join(thread, NULL); // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    run(blocks); // hit: parent
    run(blocks_none); // hit: parent
    signals("in the main thread"); // hit: parent
    sigset_t all; // none
    sigfillset(&all); // hit: parent
    pthread_sigmask(SIG_SETMASK, &all, NULL); // hit: parent
    run(inherits); // hit: parent
    signals("in the main thread, which blocks all"); // hit: parent
    return 0; // hit: parent
} // hit: parent
