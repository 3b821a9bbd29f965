# python: 3.10+
# Patterns, the last of which may match anything.
class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


def kinds(value):
    match value:
        case 1 | 2:
            return "small"
        case Point(x=0,
                   y=above):
            return above
        case Point(x, y) if x > y:
            result = x
        case [first,
              *rest]:
            result = first
        case {"key": found, **others}:
            result = found
        case str() as text:
            if text:
                result = text
            else:
                result = None
        case _:
            result = 0
    return result


def without_last(value):
    match value:
        case 1:
            value = 2
        case 3: value = 4
    for item in range(2):
        match item:
            case 0:
                continue
            case other:
                value = other
    return value


def ends(value):
    match value:
        case None:
            pass
        case (1, 2) | (
            3, 4
        ):
            pass


for value in (1, Point(0, 3), Point(2, 1), [1, 2], {"key": 1}, "", 5.0):
    kinds(value)
without_last(1)
without_last(5)
ends((3, 4))
