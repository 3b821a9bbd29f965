# What `finally` leaves, and what leaves it.
def one(a):
    try:
        if a:
            return 1
    finally:
        a = 2
    return a

def two(a):
    for i in range(3):
        try:
            if i == a:
                return i
            if i == a + 1:
                continue
            if i == a + 2:
                break
        finally:
            if a:
                a = 0
    else:
        a = 9
    return a

def three(a):
    try:
        try:
            if a:
                raise ValueError
            return 0
        finally:
            if a > 1:
                b = 1
    except ValueError:
        if a > 2:
            return 5
    finally:
        c = 1

def four(a):
    try:
        return a and 1
    except KeyError:
        return 2
    else:
        return 3
    finally:
        if a:
            pass

def five(a):
    while True:
        try:
            a -= 1
            if a < 0:
                return
        except Exception:
            break
        finally:
            if a > 0:
                continue
            a = -5

def six(a):
    try:
        1 / a
    except ZeroDivisionError as e:
        if e:
            a = 1
    except (KeyError,
            ValueError):
        a = 2
    else:
        if a > 5:
            a = 6
        return a
    return 7

def seven(a):
    try:
        pass
    finally:
        if a:
            return 1
    return 2

def eight(a):
    try:
        if a == 1:
            raise KeyError("x")
        elif a == 2:
            raise ValueError("y") from None
        else:
            b = 1
    except KeyError:
        raise RuntimeError
    except ValueError:
        try:
            if a:
                raise
        finally:
            b = 3
    finally:
        b = 4
    return b

one(0); one(1)
two(0)
two(5)
three(0)
three(1)
three(2)
four(0)
five(2)
six(0)
six(7)
seven(1)
for i in range(3):
    try:
        eight(i)
    except Exception:
        if i == 5:
            print()
        else:
            pass


def raised_through(a, b):
    try:
        int(a)
    finally:
        if b:
            a = 1


def raised_through_loop(a):
    try:
        int(a)
    finally:
        while a:
            a = a[1:]


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def raised_in_with(a):
    with Manager():
        if a:
            a = int(a)


def handled_around(a, b):
    try:
        try:
            int(a)
        finally:
            if b:
                b = 0
    except ValueError:
        return b


for function in [lambda: raised_through("x", 0), lambda: raised_through_loop("xy"), lambda: raised_in_with("x")]:
    try:
        function()
    except ValueError:
        pass
handled_around("x", 0)
