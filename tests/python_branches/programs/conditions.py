# Tests of every form, of which each goes one way, both ways or none.
def nested(a, b):
    if a:
        if b:
            x = 1
        else:
            x = 2
    elif b:
        x = 3
    else:
        x = 4
    if a and b:
        x += 1
    if a or b or x > 3:
        x += 1
    if not a:
        x += 1
    if a < x <= 9:
        x += 1
    return x


def ends(a):
    if a:
        a = 2


def expressions(a):
    b = 1 if a else 2
    c = a and b or 3
    d = [e for e in (1, 2) if e > a]
    assert d, "never empty"
    return b, c, d


def one_line(a):
    if a: b = 1
    if a: return 2
    b = 3; c = 4
    if b: c = 5
    else: c = 6
    return c


def constants():
    if True:
        a = 1
    if 0:
        a = 2
    if not __debug__:
        a = 3
    else:
        a = 4
    while 1:
        if a:
            break
    if a:  # pragma: no branch
        a = 5
    if a:  # pragma: no cover
        a = 6
    return a


def never(a):
    if a:
        return 1
    for b in a:
        return b
    return 2


nested(0, 0)
nested(1, 0)
nested(1, 1)
ends(0)
expressions(0)
one_line(0)
constants()
