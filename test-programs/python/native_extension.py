# An extension in C: its lines beside Python's, also in a child that it forks.
# sources: python/native/extension.c python/native/flags.py
# needs: headers
# after-build: cc -g -O0 -Wall -shared -fPIC native/extension.c -o extension.so $("$PYTHON" native/flags.py compile)
# processes: 2
# other-sources: functions of Python.h that are compiled in
# needs: libraries
import extension
from role import role


def back(n):  # hit: main
    return n + 1  # hit: main, child


def begin():  # hit: main
    role("child")  # hit: child


role("main")  # hit: main
print(extension.call(back, 1))  # hit: main
print(extension.fork(back, begin))  # hit: main
