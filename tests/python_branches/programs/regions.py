"""Functions and classes in each other: the regions of a report."""
import functools


class Shape:
    """Has methods."""

    def area(self, n):
        if n > 1:
            return n
        return 0

    def never(self):
        for i in range(3):
            print(i)

    @property
    def side(self):
        return 1

    @side.setter
    @functools.lru_cache(
        maxsize=None
    )
    def side(self, value):
        if value:
            self.value = value

    class Inner:
        def deep(self):
            def nested():
                return 1

            class Local:
                size = 3

                def method(self):
                    return self.size

            return nested() + Local().method()


def top(a):
    if a: return 1
    while a < 3:
        a += 1
    else:
        a = 0

    @functools.wraps(top)
    def local():
        if a:
            return 1
    local()
    return (lambda: 3)()


def one(): return 1


async def coroutine():
    async with one() as x:
        pass


if one():
    def either():
        pass
else:
    def either():
        return 1


def excluded(n):  # pragma: no cover
    if n:
        return 1


Shape().area(5)
Shape().side = 2
Shape.Inner().deep()
top(0)
if one() > 5:  # pragma: no branch
    print("never")
