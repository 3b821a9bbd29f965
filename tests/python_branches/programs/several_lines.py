# Statements of several lines.
def conditions(a, b):
    if (a and
            b):
        c = 1
    if (
        a
        or
        b
    ): c = 2
    if a: c = max(1,
                  2)
    else: c = 3
    for d in (
        1,
        2,
    ):
        if (d <
                a <
                b):
            c = 4
    while (c :=
           c - 1) > 0:
        pass
    return (c
            if a
            else b)


def calls(a):
    if print(
        a
        or
        1
    ):
        return 1
    x = [
        b
        for b in range(3)
        if b
    ]
    if a: return dict(
        a=1,
        b=2)
    '''A string
    of lines'''; y = 1
    if y: z = """
    """
    return x


conditions(1, 0)
conditions(0, 0)
calls(0)
