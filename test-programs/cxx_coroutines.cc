// C++20 coroutines, lambdas and their captures, static initialisers, inline functions and variables, constexpr, folds:
// a coroutine is suspended in the parent and resumed on both sides of a fork.
// compile: -std=c++20
// variant: plain:
// variant: optimised: -O1
// variant: debuggable: -Og
// processes: 2
// tree: parent > child
// ends: child = 13
#include <coroutine>
#include <cstdio>
#include <exception>
#include <functional>
#include <vector>
#include <sys/wait.h>
#include "role.h"

struct Numbers { // none
    struct promise_type {
        int value = 0;
        Numbers get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(int next) {
            value = next; // hit: parent, child
            return {};
        }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle; // none
    int next() {
        handle.resume(); // hit: parent, child
        return handle.promise().value;
    }
    ~Numbers() { handle.destroy(); }
};

static volatile int zero; // none

static Numbers count(int from) {
    int first = from + zero; // hit: parent
    co_yield first;
    dprintf(1, "resumed after %d\n", first); // hit: child
    co_yield first + 1; // hit: child
    dprintf(1, "never resumed again\n"); // miss
}

[[gnu::noinline]] static int initial(const char *name, int value) {
    dprintf(1, "%s is initialised\n", name); // hit: parent
    return value + zero;
}

// Optimised, gcc has no statement for such lines: their rows say so.
static int at_start = initial("a static", 1);
inline int shared = initial("an inline variable", 2);

static int &when_reached() {
    static int value = initial("a local static", 3);
    return value;
}

static constexpr int square(int n) {
    return n * n; // hit: child
}

template <typename... T> [[gnu::noinline]] static int sum(T... values) {
    return (values + ... + zero);
}

int main(int, char **arguments) {
    role("parent"); // hit: parent
    constexpr int nine = square(3);
    Numbers numbers = count(5); // hit: parent
    dprintf(1, "%d\n", numbers.next()); // hit: parent
    int calls = 0;
    std::function<int(int)> add = [&calls](int n) {
        calls += 1 + zero; // hit: parent, child
        return n + calls;
    };
    dprintf(1, "%d %d\n", add(1), when_reached() + at_start + shared); // hit: parent
    pid_t pid = fork(); // hit: parent
    if (pid == 0) {
        role("child"); // hit: child
        std::vector<int> values;
        values.push_back(numbers.next()); // hit: child
        auto squared = [](auto n) { return square(n); }; // hit: child
        int total = sum(values.front(), squared(2 + zero), 'a' - 'a', add(1) - 3 + nine - 9); // hit: child
        dprintf(1, "%d\n", total); // hit: child
        _exit(total + 3); // hit: child
    }
    if (!arguments[0])
        return sum(1.5, 2L) > 0; // miss
    int status;
    waitpid(pid, &status, 0); // hit: parent
    dprintf(1, "%d\n", WEXITSTATUS(status)); // hit: parent
    return 0;
}
