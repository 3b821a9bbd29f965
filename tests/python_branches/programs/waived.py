# Directions that need not be taken, and what is excluded: how they count.
def partial(a, b):
    if a:  # pragma: no branch
        b = 1
    while b:  # pragma: no branch
        break
    for c in range(2):  # pragma: no branch
        if c:
            break
    if a == 1:
        b = 1
    elif a == 2:  # pragma: no branch
        b = 2
    else:
        b = 3
    if a: b = 2  # pragma: no branch
    else: b = 3
    while True:
        if b:
            break
        return 1
    if 1:
        return 2
    return 3


def excluded(a):
    if a:
        b = 1  # pragma: no cover
    if a:  # pragma: no cover
        b = 2
    else:
        b = 3
    if not a:
        b = 4
    else:  # pragma: no cover
        b = 5
    if a == 1:
        b = 1
    elif a == 2:  # pragma: no cover
        b = 2
    elif a == 3:
        b = 3
    return b


def never(a):
    if a:  # pragma: no branch
        return 1
    while 1:
        if a:
            return


partial(0, 1)
excluded(0)
