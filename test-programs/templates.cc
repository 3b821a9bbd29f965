// One line of a template is code in several instantiations: it is hit by a process that runs any of them.
// processes: 2
// tree: parent > child
#include <sys/wait.h>
#include "role.h"

template <typename T> static T largest(T a, T b) { // hit: parent, child
    if (a > b) // hit: parent, child
        return a; // hit: child
    return b; // hit: parent
} // hit: parent, child

template <int N> struct Power { // none
    static int of(int n) { return n * Power<N - 1>::of(n); } // hit: child
};

template <> struct Power<0> { // none
    static int of(int) { return 1; } // hit: child
};

template <typename T> static T never(T a) { // miss
    return a; // miss
} // miss

int main(int argc, char **) { // hit: parent
    role("parent"); // hit: parent
    if (argc > 3) // hit: parent
        return never(argc); // miss
    auto twice = [](int n) {
        return n * 2; // hit: child
    }; // hit: child
    pid_t child = fork(); // hit: parent
    if (child == 0) { // hit: parent, child
        role("child"); // hit: child
        double biggest = largest(2.5, 1.5); // hit: child
        _exit(Power<3>::of(2) + twice(1) + (biggest > 2)); // hit: child
    }
    int status; // none
    waitpid(child, &status, 0); // hit: parent
    return largest(1, WEXITSTATUS(status)) - 11; // hit: parent
} // hit: parent
