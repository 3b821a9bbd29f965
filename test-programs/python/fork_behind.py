# A fork that Python does not know of: fork(3) of the C library by ctypes, with and without the lock.
# variant: CDLL: CDLL
# variant: PyDLL: PyDLL
# processes: 2
# needs: libraries
import ctypes
import os
import sys
from role import role


def shared(n):  # hit: parent
    return n + 1  # hit: parent, child


def in_child(n):  # hit: parent
    return n + 2  # hit: child


role("parent")  # hit: parent
library = getattr(ctypes, sys.argv[1])(None)  # hit: parent
shared(1)  # hit: parent
child = library.fork()  # hit: parent
if child == 0:  # hit: parent, child
    role("child")  # hit: child
    os._exit(shared(in_child(0)))  # hit: child
print(os.waitpid(child, 0)[1] >> 8)  # hit: parent
