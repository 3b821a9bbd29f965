# Recursion ends at the same depth and in the same way.
# processes: 1
import sys
from role import role


def deep(n):  # hit: main
    return deep(n + 1)  # hit: main


class Deep:  # hit: main
    def __repr__(self):  # hit: main
        return repr([self])  # hit: main


def attempt(what):  # hit: main
    try:  # hit: main
        print(what())  # hit: main
    except RecursionError as error:  # hit: main
        depth, trace = 0, error.__traceback__  # hit: main
        while trace:  # hit: main
            depth, trace = depth + 1, trace.tb_next  # hit: main
        print(error, depth)  # hit: main


role("main")  # hit: main
attempt(lambda: deep(0))  # hit: main
attempt(lambda: repr(Deep()))  # hit: main
sys.setrecursionlimit(3_000)  # hit: main
attempt(lambda: deep(0))  # hit: main
