# `with` statements in loops, conditions and each other, which are left in every way.
import contextlib

@contextlib.contextmanager
def manager(x):
    try:
        yield x
    except KeyError:
        if x:
            return
        raise
    finally:
        if x == 3:
            x = 4

def f(a):
    with manager(1) as x, manager(2) as y:
        with manager(3):
            if a:
                return x
            for i in range(2):
                with manager(i):
                    if i:
                        continue
                    if a is None:
                        break
        b = 1
    if b:
        with manager(1):
            raise KeyError
    return y

def g(a):
    for i in range(3):
        with manager(i):
            if i == a:
                break
    else:
        a = 7
    while a:
        with manager(1): a = 0
    with manager(1):
        try:
            if not a:
                raise ValueError
        except ValueError:
            a = 3
        finally:
            if a:
                a = 4

def h(a):
    with manager(
        1
    ) as x, manager(
        2
    ):
        if a:
            x = 1
        else:
            x = 2

def i(a):
    with manager(1):
        if a:
            return 1
        else:
            return 2

def j(a):
    if a:
        with manager(1):
            pass
    else:
        with manager(2):
            return 3

def k(a):
    with manager(1):
        while a:
            a -= 1
            with manager(2):
                if a == 1:
                    continue
        else:
            a = 4

f(0); f(1); f(None)
g(1); g(9)
h(0)
i(0)
j(0)
j(1)
k(3)
