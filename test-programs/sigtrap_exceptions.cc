// Exceptions thrown and caught while all signals are blocked and SIGTRAP is ignored: both stay so.
// processes: 1
// no-oracle: a single step while SIGTRAP is blocked resets its action
#include <stdexcept>
#include "role.h"
#include "signals.h"

struct Guard {
    ~Guard() { // hit: parent
        dprintf(1, "unwound\n"); // hit: parent
    } // hit: parent
};

static int thrower(int n) { // hit: parent
    Guard guard; // none
    if (n > 1) // hit: parent
        throw std::runtime_error("thrown"); // hit: parent
    return n; // miss
} // hit: parent

int main() { // hit: parent
    role("parent"); // hit: parent
    sigset_t all; // none
    sigfillset(&all); // hit: parent
    sigprocmask(SIG_SETMASK, &all, nullptr); // hit: parent
    signal(SIGTRAP, SIG_IGN); // hit: parent
    try { // none
        thrower(2); // hit: parent
    } catch (const std::runtime_error &error) { // hit: parent
        dprintf(1, "%s\n", error.what()); // hit: parent
        signals("caught"); // hit: parent
    } // hit: parent
    signals("at last"); // hit: parent
    return 0; // hit: parent
}
