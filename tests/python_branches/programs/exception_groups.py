# python: 3.11+
# `except*`, which looks for exceptions that are left.
def f(e):
    try:
        if e:
            raise e
        return 0
    except* ValueError as g:
        if len(g.exceptions) > 1:
            x = 1
    except* (KeyError,
             OSError):
        x = 2
    else:
        x = 3
    finally:
        if e:
            x = 4
    return x

def g(e):
    for i in range(2):
        try:
            raise e
        except* ValueError:
            if i:
                x = 1
    while e:
        try:
            if e: raise ExceptionGroup("x", [KeyError()])
        except* KeyError:
            e = None

def h():
    try:
        try:
            raise ExceptionGroup("x", [KeyError(), ValueError()])
        except* KeyError:
            raise
    except* ValueError:
        pass
    except* KeyError:
        if h:
            raise RuntimeError

f(None)
f(ExceptionGroup("x", [ValueError(1)]))
f(ExceptionGroup("x", [ValueError(1), ValueError(2), KeyError()]))
g(ValueError())
try:
    h()
except* RuntimeError:
    pass
try:
    f(ExceptionGroup("x", [TypeError(1)]))
except ExceptionGroup:
    pass
