# A program that keeps something of its own of one code object, and has it freed by a function of its own (PEP 523): what
# that is called for is that alone.
# needs: libraries
import ctypes

from role import role

api = ctypes.pythonapi
request = getattr(api, "PyUnstable_Eval_RequestCodeExtraIndex", None) or api._PyEval_RequestCodeExtraIndex
keep = getattr(api, "PyUnstable_Code_SetExtra", None) or api._PyCode_SetExtra
request.restype = ctypes.c_ssize_t
keep.argtypes = [ctypes.py_object, ctypes.c_ssize_t, ctypes.c_void_p]
freed = []


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def free(kept):  # hit: main
    freed.append(kept)  # hit: main


def make(number):  # hit: main
    return compile("def f():\n    return %d\nf()" % number, __file__, "exec")  # hit: main


role("main")  # hit: main
index = request(free)  # hit: main
for number in range(100):  # hit: main
    exec(make(number), {})  # hit: main
print("freed", freed)  # hit: main
code = make(0)  # hit: main
exec(code, {})  # hit: main
print("kept", keep(code, index, 42))  # hit: main
exec(code, {})  # hit: main
del code  # hit: main
print("freed", freed)  # hit: main
