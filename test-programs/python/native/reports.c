// Reports lines of a code object that the interpreter never runs (PEP 669), as modules of Cython do that have been
// compiled with `linetrace`.
#include <Python.h>

enum { START, LINE, RETURN, EVENTS };
static const uint8_t events[] = {PY_MONITORING_EVENT_PY_START, PY_MONITORING_EVENT_LINE, PY_MONITORING_EVENT_PY_RETURN};

static PyObject *run(PyObject *self, PyObject *arguments) {
    PyObject *code, *lines;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OO!", &code, &PyList_Type, &lines))
        return NULL;
    PyMonitoringState states[EVENTS];
    memset(states, 0, sizeof states);
    uint64_t version = 0;
    int failed = PyMonitoring_EnterScope(states, &version, events, EVENTS);
    failed |= PyMonitoring_FirePyStartEvent(&states[START], code, 0);
    for (Py_ssize_t at = 0; at < PyList_Size(lines); at++)
        failed |= PyMonitoring_FireLineEvent(&states[LINE], code, 2 * at,
                                             PyLong_AsLong(PyList_GetItem(lines, at)));
    failed |= PyMonitoring_FirePyReturnEvent(&states[RETURN], code, 0, Py_None);
    failed |= PyMonitoring_ExitScope();
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {{"run", run, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "reports", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_reports(void) {
    return PyModule_Create(&module);
}
