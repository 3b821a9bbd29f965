// What the probe uses of a Python interpreter: its public types and functions.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct Object Object; // PyObject
typedef struct Thread Thread; // PyThreadState
typedef struct Interpreter Interpreter; // PyInterpreterState
typedef intptr_t Size; // Py_ssize_t
typedef int Trace(Object *self, Object *frame, int what, Object *argument); // Py_tracefunc
typedef int AuditHook(const char *event, Object *arguments, void *data); // Py_AuditHookFunction
typedef Object *Evaluate(Thread *, void *frame, int throws); // _PyFrameEvalFunction
typedef Object *Function(Object *self, Object *const *arguments, Size count); // PyCFunctionFast
typedef struct {
    const char *name;
    Function *function;
    int flags;
    const char *documentation;
} Method; // PyMethodDef

enum { METH_FASTCALL = 0x80, PyTrace_CALL = 0, PyTrace_LINE = 2, PyTrace_RETURN = 3 };

// The functions of the interpreter: type, name here, name there, parameters. A function that other versions
// call otherwise has that name, too, after `|`. With `?` at its end, the probe can do without it.
#define INTERPRETER(F) \
    F(int, Py_IsInitialized, "Py_IsInitialized", (void)) \
    F(Object *, PySys_GetObject, "PySys_GetObject", (const char *)) \
    F(Object *, PyImport_ImportModule, "PyImport_ImportModule", (const char *)) \
    F(Object *, PyObject_GetAttrString, "PyObject_GetAttrString", (Object *, const char *)) \
    F(Object *, PyObject_CallMethod, "PyObject_CallMethod", (Object *, const char *, const char *, ...)) \
    F(Object *, PyObject_CallFunctionObjArgs, "PyObject_CallFunctionObjArgs", (Object *, ...)) \
    F(Object *, PyObject_Call, "PyObject_Call", (Object *, Object *, Object *)) \
    F(Object *, PyObject_Type, "PyObject_Type", (Object *)) \
    F(Object *, PyCFunction_NewEx, "PyCFunction_NewEx", (Method *, Object *, Object *)) \
    F(Object *, PyDict_New, "PyDict_New", (void)) \
    F(int, PyDict_SetItemString, "PyDict_SetItemString", (Object *, const char *, Object *)) \
    F(Object *, PyTuple_New, "PyTuple_New", (Size)) \
    F(Size, PyTuple_Size, "PyTuple_Size", (Object *)) \
    F(Object *, PyTuple_GetItem, "PyTuple_GetItem", (Object *, Size)) \
    F(int, PyBytes_AsStringAndSize, "PyBytes_AsStringAndSize", (Object *, char **, Size *)) \
    F(const char *, PyUnicode_AsUTF8AndSize, "PyUnicode_AsUTF8AndSize", (Object *, Size *)) \
    F(Object *, PyUnicode_EncodeFSDefault, "PyUnicode_EncodeFSDefault", (Object *)) \
    F(long, PyLong_AsLong, "PyLong_AsLong", (Object *)) \
    F(Object *, PyLong_FromLong, "PyLong_FromLong", (long)) \
    F(Object *, PyLong_FromVoidPtr, "PyLong_FromVoidPtr", (void *)) \
    F(void *, PyLong_AsVoidPtr, "PyLong_AsVoidPtr", (Object *)) \
    F(void, Py_IncRef, "Py_IncRef", (Object *)) \
    F(void, Py_DecRef, "Py_DecRef", (Object *)) \
    F(int, PyErr_GivenExceptionMatches, "PyErr_GivenExceptionMatches", (Object *, Object *)) \
    F(void, PyErr_Clear, "PyErr_Clear", (void)) \
    F(Object *, PyErr_Occurred, "PyErr_Occurred", (void)) \
    F(void, PyErr_Fetch, "PyErr_Fetch", (Object **, Object **, Object **)) \
    F(void, PyErr_Restore, "PyErr_Restore", (Object *, Object *, Object *)) \
    F(Object *, PyInterpreterState_GetDict, "PyInterpreterState_GetDict", (Interpreter *)) \
    F(Object *, PyCapsule_New, "PyCapsule_New", (void *, const char *, void (*)(Object *))) \
    F(void *, PyCapsule_GetPointer, "PyCapsule_GetPointer", (Object *, const char *)) \
    F(Interpreter *, PyInterpreterState_Get, "PyInterpreterState_Get", (void)) \
    F(Size, RequestCodeExtraIndex, "PyUnstable_Eval_RequestCodeExtraIndex|_PyEval_RequestCodeExtraIndex", \
      (void (*)(void *))) \
    F(int, GetExtra, "PyUnstable_Code_GetExtra|_PyCode_GetExtra", (Object *, Size, void **)) \
    F(int, SetExtra, "PyUnstable_Code_SetExtra|_PyCode_SetExtra", (Object *, Size, void *)) \
    F(void, PyEval_SetTrace, "PyEval_SetTrace?", (Trace *, Object *)) \
    F(Object *, PyEval_GetFrame, "PyEval_GetFrame", (void)) \
    F(Object *, PyFrame_GetCode, "PyFrame_GetCode?", (Object *)) \
    F(Object *, PyFrame_GetBack, "PyFrame_GetBack?", (Object *)) \
    F(int, PyFrame_GetLineNumber, "PyFrame_GetLineNumber?", (Object *)) \
    F(int, PyFrame_GetLasti, "PyFrame_GetLasti?", (Object *)) \
    F(int, PySys_AddAuditHook, "PySys_AddAuditHook?", (AuditHook *, void *)) \
    F(int, Py_AddPendingCall, "Py_AddPendingCall", (int (*)(void *), void *)) \
    F(Thread *, PyThreadState_Get, "PyThreadState_Get?", (void)) \
    F(int, PyGILState_Check, "PyGILState_Check?", (void)) \
    F(void, PyMutex_Lock, "PyMutex_Lock?", (uint8_t *)) \
    F(void, PyMutex_Unlock, "PyMutex_Unlock?", (uint8_t *)) \
    F(int, SetGIL, "PyUnstable_Module_SetGIL?", (Object *, void *)) \
    F(uint64_t, PyThreadState_GetID, "PyThreadState_GetID?", (Thread *)) \
    F(Evaluate *, GetEvalFrame, "_PyInterpreterState_GetEvalFrameFunc?", (Interpreter *)) \
    F(void, SetEvalFrame, "_PyInterpreterState_SetEvalFrameFunc?", (Interpreter *, Evaluate *))

#define FIELD(result, name, names, arguments) result(*name) arguments;
#define NAMES(result, name, names, arguments) names "\0"

// Read by the recorder, which looks up the addresses.
EXPORT const char forkcov_names[] = INTERPRETER(NAMES);

// Written by the recorder: the addresses in the same order, null for a function that is not there.
EXPORT struct {
    INTERPRETER(FIELD)
} python __asm__("forkcov_functions") = {0};
