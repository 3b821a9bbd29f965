# A child of fork(2) goes the other way. The comments say which ways each process takes.
import os
import sys


def choose(is_child):
    if is_child:  # parent: 9; child: 8
        return "child"
    return "parent"


def loop(count):
    while count:  # parent: 14 17; child: 17
        count -= 1
        if count > 5:  # parent: 16 13
            count = 0
    return count


choose(False)
if not sys.argv:  # parent: 23
    choose(True)
loop(3)
loop(9)
child = os.fork()
if child:  # parent: 27; child: 30
    os.waitpid(child, 0)
    choose(False)
else:
    choose(True)
    loop(0)
