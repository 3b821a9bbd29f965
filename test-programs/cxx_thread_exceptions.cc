// C++ exceptions that unwind in several threads at once through code which all of them run out of line.
// compile: -std=c++20 -pthread
// processes: 3
// tree: parent > child
// no-oracle: it runs until its code is hot
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>
#include <sys/wait.h>
#include "role.h"

static std::atomic<int> dropped; // none

struct Guard { // none
    unsigned kept; // none
    ~Guard() {
        dropped += kept & 1; // hit: parent, child
    }
};

[[gnu::noinline]] static unsigned throws(unsigned n) {
    Guard guard{n};
    if (n % 3 == 0) // hit: parent, child
        throw std::runtime_error("third"); // hit: parent, child
    if (n % 5 == 0) // hit: parent, child
        throw n; // hit: parent, child
    if (n == 123456) // hit: parent, child
        throw 1.0; // miss
    return n * 7; // hit: parent, child
}

[[gnu::noinline]] static unsigned catches(unsigned n) {
    Guard guard{n + 1};
    try {
        return throws(n) + 1; // hit: parent, child
    } catch (const std::exception &) {
        return n ^ 5; // hit: parent, child
    } catch (unsigned thrown) {
        return thrown + 3; // hit: parent, child
    }
}

static unsigned all() {
    unsigned sum = 0; // hit: parent, child
    for (unsigned n = 1; n < 150; n++) // hit: parent, child
        sum = sum * 3 + catches(n); // hit: parent, child
    return sum; // hit: parent, child
}

static int in_threads() {
    std::vector<std::thread> threads; // hit: parent, child
    std::atomic<int> wrong = 0; // hit: parent, child
    unsigned expected = all(); // hit: parent, child
    for (int n = 0; n < 4; n++) // hit: parent, child
        threads.emplace_back([&] { wrong += all() != expected; }); // hit: parent, child
    for (auto &thread : threads) // hit: parent, child
        thread.join(); // hit: parent, child
    return wrong; // hit: parent, child
}

int main() {
    role("parent"); // hit: parent
    int wrong = in_threads(), status; // hit: parent
    for (int n = 0; n < 2; n++) { // hit: parent
        if (fork() == 0) { // hit: parent, child
            role("child"); // hit: child
            _exit(in_threads()); // hit: child
        }
        wait(&status); // hit: parent
        wrong += status != 0; // hit: parent
    }
    printf("%d wrong, %d dropped\n", wrong, dropped.load()); // hit: parent
    return 0; // hit: parent
}
