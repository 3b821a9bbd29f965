// Calls back into Python, in the process and in a child that Python does not know of.
#include <Python.h>
#include <sys/wait.h>
#include <unistd.h>

static long called(PyObject *function, long n) {
    PyObject *result = PyObject_CallFunction(function, "l", n); // hit: main, child
    if (!result) // hit: main, child
        return -1; // miss
    long number = PyLong_AsLong(result); // hit: main, child
    Py_DECREF(result);
    return number; // hit: main, child
}

static PyObject *call(PyObject *self, PyObject *arguments) {
    PyObject *function; // none
    long n; // none
    if (!PyArg_ParseTuple(arguments, "Ol", &function, &n)) // hit: main
        return NULL; // miss
    return PyLong_FromLong(called(function, n)); // hit: main
}

static PyObject *fork_and_call(PyObject *self, PyObject *arguments) {
    PyObject *function, *begin; // none
    int status; // none
    if (!PyArg_ParseTuple(arguments, "OO", &function, &begin)) // hit: main
        return NULL; // miss
    pid_t child = fork(); // hit: main
    if (child == 0) { // hit: main, child
        PyObject_CallFunction(begin, NULL); // hit: child
        _exit((int)called(function, 6)); // hit: child
    }
    waitpid(child, &status, 0); // hit: main
    return PyLong_FromLong(WEXITSTATUS(status)); // hit: main
}

static PyMethodDef methods[] = {
    {"call", call, METH_VARARGS, NULL},
    {"fork", fork_and_call, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "extension", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_extension(void) {
    return PyModule_Create(&module); // hit: main
}
