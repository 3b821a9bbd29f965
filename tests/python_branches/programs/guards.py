# python: 3.10+
# Patterns with guards, on several lines.
class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y):
        self.x = x
        self.y = y

def guards(p):
    match p:
        case Point(0, 0):
            return "origin"
        case Point(x, y) if x == y:
            r = "diagonal"
        case Point(x=0) | Point(y=0):
            r = "axis"
        case [1, *rest] if rest:
            r = rest
        case {"a": 1, **others} if not others:
            r = "map"
        case str() | bytes() as s if (
            len(s) > 2
        ):
            r = s
        case (1 | 2 | 3) as n:
            r = n
        case None:
            pass
        case _ if p == 7:
            r = 7
        case other:
            r = other
    return r if "r" in dir() else None

def no_default(a):
    match a:
        case 1:
            b = 1
        case 2 if a:
            b = 2

def last_in_loop(items):
    for item in items:
        match item:
            case 1:
                continue
            case 2:
                break
            case 3: x = 1
            case 4 if x:
                x = 2

def nested(a, b):
    match a:
        case 1:
            match b:
                case 1:
                    return 1
                case _:
                    c = 2
        case _:
            if b:
                c = 3
    return a

def multi(a,
          b):
    match (
        a,
        b,
    ):
        case (
            1,
            2,
        ):
            return 1
        case (x, y) if x \
                and y:
            return 2
        case _: return 3

for p in [Point(0, 0), Point(1, 1), Point(0, 3), [1], [1, 2], {"a": 1}, {"a": 1, "b": 2}, "ab", "abc", 2, None, 7, 9]:
    guards(p)
no_default(1)
no_default(2)
no_default(3)
x = 0
last_in_loop([1, 3, 4, 5, 2, 6])
nested(1, 2)
nested(2, 0)
multi(1, 2)
multi(0, 2)
