# Statements of several lines, and lines of several statements.
def f(a, b):
    if (a
        and
        b
       ):
        c = 1
    elif (
        not a
    ):
        c = 2
    else:
        c = \
            3
    if a: c = 1; d = 2
    if a: c = 1; return c
    x = 1; y = 2
    if b:
        x = {
            "a": 1 if a else
            2,
        }
    for i in (
        1,
        2,
    ):
        if i == \
            2:
            continue
    print(
        end=""
        if a
        else ""
    )
    while (a
           or b):
        a = b = 0
    return (
        a
        if b
        else c
    )
def g(a): return 1 if a else 2
def h(a):
    if a: b = [
        1,
    ]
    else: b = 2
    if a:
        pass; pass
    return b if a else \
        h
f(1, 1); f(0, 0); f(1, 0)
g(1)
h(0)
if f: pass
else: pass
for x in []: g(x)
for x in [1]: g(x); g(x)
