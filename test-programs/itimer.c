// A timer at 1 kHz interrupts lines everywhere; nothing is lost, and the sum is right.
// processes: 1
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include "role.h"

static volatile int ticks, early, late; // none

static void tick(int signal) { // hit: parent
    (void)signal; // none
    ticks++; // hit: parent
} // hit: parent

static long step(long n) { // hit: parent
    long a = n * 2; // hit: parent
    long b = a + 1; // hit: parent
    if (ticks < 10) // hit: parent
        early++; // hit: parent
    else if (ticks >= 20) // hit: parent
        late++; // hit: parent
    return b - a; // hit: parent
} // hit: parent

int main(void) { // hit: parent
    role("parent"); // hit: parent
    signal(SIGALRM, tick); // hit: parent
    struct itimerval timer = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}}; // hit: parent
    setitimer(ITIMER_REAL, &timer, NULL); // hit: parent
    long rounds = 0, sum = 0; // hit: parent
    while (ticks < 30) { // hit: parent
        sum += step(rounds); // hit: parent
        rounds++; // hit: parent
    }
    setitimer(ITIMER_REAL, &off, NULL); // hit: parent
    dprintf(1, "right %d\n", sum == rounds); // hit: parent
    return 0; // hit: parent
} // hit: parent
