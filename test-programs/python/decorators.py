# Decorators with and without arguments, on functions and classes; properties; nested functions; class bodies.
# processes: 1
import functools
from role import role


def traced(function):  # hit: main
    @functools.wraps(function)  # hit: main
    def wrapper(*arguments):
        print("call", function.__name__)  # hit: main
        return function(*arguments)  # hit: main

    return wrapper  # hit: main


def tagged(tag):  # hit: main
    def decorate(thing):  # hit: main
        thing.tag = tag  # hit: main
        return thing  # hit: main

    return decorate  # hit: main


@traced  # hit: main
@functools.lru_cache(
    maxsize=None,
)
def add(a, b):
    return a + b  # hit: main


@traced  # hit: main
def never():
    return 0  # miss


@tagged("t")  # hit: main
class Point:
    """A docstring."""

    count = 0  # hit: main
    for _ in range(2):  # hit: main
        count += 1  # hit: main

    def __init__(self, x):  # hit: main
        self.x = x  # hit: main

    @property  # hit: main
    def double(self):
        """Another."""
        return self.x * 2  # hit: main

    @staticmethod  # hit: main
    def unused():
        return 1  # miss

    class Inner:  # hit: main
        name = "inner"  # hit: main


role("main")  # hit: main
print(add(1, 2), add(1, 2))  # hit: main
print(Point.tag, Point.count, Point(3).double, Point.Inner.name)  # hit: main
