# The match statement.
# python: 3.10+
# processes: 1
from dataclasses import dataclass
from role import role


@dataclass  # hit: main
class Point:
    x: int = 0  # hit: main
    y: int = 0  # hit: main


def name(thing):  # hit: main
    match thing:  # hit: main
        case 0:  # hit: main
            return "zero"  # hit: main
        case [first, *rest] if len(rest) > 1:  # hit: main
            return f"many after {first}"  # hit: main
        case {"key": value}:  # hit: main
            return value  # hit: main
        case Point(x=0, y=y):  # hit: main
            return f"on the axis at {y}"  # hit: main
        case str() | bytes():  # hit: main
            return "text"  # miss
        case _:
            return "other"  # hit: main


role("main")  # hit: main
print([name(thing) for thing in [0, [1, 2, 3], {"key": "v"}, Point(0, 1), 3.5]])  # hit: main
