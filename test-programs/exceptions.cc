// C++ exceptions unwind through frames with breakpoints, in a forked child and its parent; destructors run.
// processes: 2
// tree: parent > child
#include <stdexcept>
#include <string>
#include <cstdio>
#include <sys/wait.h>
#include "role.h"

static int destroyed; // none

struct Guard { // none
    ~Guard() { // hit: parent, child
        destroyed++; // hit: parent, child
    } // hit: parent, child
};

static int thrower(int n) { // hit: parent, child
    if (n == 0) // hit: parent, child
        throw std::runtime_error("zero"); // hit: parent
    if (n == 1) // hit: child
        throw 1; // hit: child
    return n; // miss
}

static int middle(int n) { // hit: parent, child
    Guard guard; // none
    return thrower(n); // hit: parent, child
}

static std::string outer(int n) { // hit: parent, child
    try {
        middle(n); // hit: parent, child
        return "no exception"; // miss
    } catch (const std::exception &error) { // hit: parent, child
        return error.what(); // hit: parent
    } catch (int number) { // hit: parent, child
        return "number"; // hit: child
    }
}

int main() { // hit: parent
    role("parent"); // hit: parent
    std::string said = outer(0); // hit: parent
    dprintf(1, "%s, destroyed %d\n", said.c_str(), destroyed); // hit: parent
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        said = outer(1); // hit: child
        dprintf(1, "%s, destroyed %d\n", said.c_str(), destroyed); // hit: child
        _exit(0); // hit: child
    }
    waitpid(child, nullptr, 0); // hit: parent
    return 0; // hit: parent
}
