# Exceptions, and what is done finally.
def handled(a):
    try:
        if a == 1:
            raise KeyError
        if a == 2:
            raise ValueError
        if a == 3:
            return 3
    except KeyError:
        a = 4
    except ValueError:
        if a:
            a = 5
        else:
            a = 6
    else:
        if a:
            a = 7
    finally:
        if a > 5:
            a = 8
        a += 1
    return a


def raised(a):
    if a: raise KeyError
    if a is None: raise ValueError
    return 1


def raised_at_the_end(a):
    if a:
        raise KeyError


def caught_at_once(a):
    try:
        if a: raise KeyError
        a = 1
    except KeyError:
        a = 2
    return a


def in_a_loop(items):
    for item in items:
        try:
            if item:
                continue
            item = 1
        finally:
            item = 2
    while items:
        try:
            if items.pop():
                break
        except IndexError:
            pass
        finally:
            if not items:
                items = [1]


def returned():
    try:
        return 1
    finally:
        if returned:
            print()


def finally_ends(a):
    try:
        if a:
            print()
    finally:
        print()


for number in range(4):
    handled(number)
raised(0)
try:
    raised(1)
except KeyError:
    pass
raised_at_the_end(0)
caught_at_once(0)
caught_at_once(1)
in_a_loop([0, 1])
returned()
finally_ends(1)
try:
    if number: raise KeyError(
        number)
except KeyError:
    pass
