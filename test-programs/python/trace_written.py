# A debugger writes a trace function into the thread, without a call of Python's (pydevd does), or sets it by PyEval_SetTrace
# through ctypes.
# python: 3.9-3.11
# needs: libraries
# processes: 2
import ctypes
import os
from role import role

CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)  # hit: main
callback = CALLBACK(lambda *ignored: 0)  # hit: main
address = ctypes.cast(callback, ctypes.c_void_p).value  # hit: main
api = ctypes.pythonapi  # hit: main
api.PyThreadState_Get.restype = ctypes.c_void_p  # hit: main
api.PyEval_SetTrace.argtypes = [ctypes.c_void_p, ctypes.py_object]  # hit: main
words = (ctypes.c_void_p * 64).from_address(api.PyThreadState_Get())  # hit: main


def set_trace():  # hit: main
    marker = object()  # hit: main
    api.PyEval_SetTrace(address, marker)  # hit: main
    place = [at for at in range(64) if words[at] == id(marker)][0]  # hit: main
    api.PyEval_SetTrace(None, None)  # hit: main
    return place - 2  # hit: main


def write_trace(place):  # hit: main
    words[place] = address  # hit: main, child


def called(n):  # hit: main
    if n:  # hit: main, child
        return 1  # hit: main
    return 2  # hit: child


role("main")  # hit: main
place = set_trace()  # hit: main
called(1)  # hit: main
write_trace(place)  # hit: main
once = 1  # hit: main
called(1)  # hit: main
write_trace(place)  # hit: main
twice = 2  # hit: main
if os.fork() == 0:  # hit: main
    role("child")  # hit: child
    write_trace(place)  # hit: child
    number = called(0)  # hit: child
    os._exit(number)  # hit: child
print(os.wait()[1] >> 8)  # hit: main
