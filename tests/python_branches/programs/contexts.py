# `with` statements, whose lines run again at the end.
class Context:
    def __init__(self, swallows=False):
        self.swallows = swallows

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self.swallows


def ends_with_a_test(a):
    with Context():
        if a:
            b = 1
    return a


def several(a):
    with Context() as b, \
            Context() as c:
        if a:
            d = 1
        else:
            d = 2
    if a:
        with Context():
            with Context(True):
                if d:
                    raise KeyError
                d = 3
            d = 4
    for e in range(2):
        with Context():
            if e:
                d = 5
    return d


def returns(a):
    with Context():
        if a > 5:
            return 1
        with Context():
            while a:
                a -= 1
    with Context(): a = 3
    if a:
        with Context():
            pass


ends_with_a_test(1)
several(1)
returns(2)
