// C++ exceptions: rethrown, thrown while another is handled, out of destructors, kept across threads, caught on both
// sides of a fork, and one that is not caught, which ends its process by std::terminate.
// compile: -std=c++20 -pthread
// variant: plain:
// variant: optimised: -O2
// variant: debuggable: -Og
// processes: 3
// tree: parent > child, parent > uncaught
// ends: child = 5
// ends: uncaught = SIGABRT
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <sys/resource.h>
#include <sys/wait.h>
#include "role.h"

[[gnu::noinline]] static void say(const char *text) {
    dprintf(1, "%s\n", text); // hit: parent, child, uncaught
}

struct Throws { // none
    const char *what; // none
    ~Throws() noexcept(false) {
        if (!std::uncaught_exceptions()) // hit: parent, child
            throw std::runtime_error(what); // hit: child
        say("no second exception"); // hit: parent
    }
};

[[gnu::noinline]] static void throws(int n) {
    if (n == 0) // hit: parent, child, uncaught
        throw std::out_of_range("range"); // hit: parent, uncaught
    if (n == 1) // hit: parent, child
        throw n; // hit: parent
    say("nothing thrown"); // hit: child
}

[[gnu::noinline]] static void rethrows(int n) {
    try {
        throws(n); // hit: parent, child, uncaught
        say("after"); // hit: child
    } catch (const std::logic_error &error) {
        say("once"); // hit: parent, uncaught
        throw; // hit: parent, uncaught
    } catch (...) {
        say("other"); // hit: parent
        std::throw_with_nested(std::runtime_error("outer")); // hit: parent
    }
}

[[gnu::noinline]] static void in_destructor(int n) {
    Throws last{"from a destructor"};
    throws(n); // hit: parent, child
    say("left by its end"); // hit: child
}

[[gnu::noinline]] static int caught(void (*function)(int), int n) {
    try {
        function(n); // hit: parent, child
        say("nothing caught"); // hit: child
    } catch (const std::logic_error &error) {
        say(error.what()); // hit: parent
        return 1;
    } catch (const std::runtime_error &error) {
        say(error.what()); // hit: parent, child
        return 2;
    }
    return 0;
}

static std::exception_ptr kept;

static void in_thread() {
    try {
        throws(0); // hit: parent
        say("never"); // miss
    } catch (...) {
        kept = std::current_exception(); // hit: parent
    }
}

static void wait_for(pid_t pid) {
    int status = 0;
    waitpid(pid, &status, 0); // hit: parent
    dprintf(1, "%d %d\n", WIFEXITED(status), WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)); // hit: parent
}

int main() {
    role("parent"); // hit: parent
    int sum = caught(rethrows, 0) + caught(rethrows, 1) + caught(in_destructor, 0); // hit: parent
    std::thread(in_thread).join(); // hit: parent
    try {
        std::rethrow_exception(kept); // hit: parent
    } catch (const std::out_of_range &error) {
        dprintf(1, "kept: %s, %d\n", error.what(), sum); // hit: parent
    }
    pid_t pid = fork(); // hit: parent
    if (pid == 0) {
        role("child"); // hit: child
        sum = caught(rethrows, 2) + caught(in_destructor, 2); // hit: child
        _exit(sum + 3); // hit: child
    }
    wait_for(pid); // hit: parent
    pid = fork(); // hit: parent
    if (pid == 0) {
        role("uncaught"); // hit: uncaught
        rlimit none{0, 0};
        setrlimit(RLIMIT_CORE, &none); // hit: uncaught
        rethrows(0); // hit: uncaught
        say("unreachable"); // miss
    }
    wait_for(pid); // hit: parent
    return 0;
}
