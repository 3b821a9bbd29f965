// Python in another program, twice: everything of the first time is gone at the second.
#include <Python.h>

static int run(int round) {
    char text[100]; // none
    setenv("PYTHONHOME", HOME, 1); // hit: main
    Py_Initialize(); // hit: main
    snprintf(text, sizeof text, "import sys; sys.path.insert(0, '.'); import embedded; embedded.once(%d)", round); // hit: main
    int failed = PyRun_SimpleString(text); // hit: main
    return Py_FinalizeEx() || failed; // hit: main
}

int main(void) {
    if (run(0)) // hit: main
        return 1; // miss
    return run(1); // hit: main
}
