# Statements over several lines, try with all its parts, with, loops with else, conditions that fold.
# processes: 1
import contextlib
from role import role


def call(*arguments, **options):  # hit: main
    return len(arguments) + len(options)  # hit: main


def tries(kind):  # hit: main
    try:  # hit: main
        if kind:  # hit: main
            raise kind  # hit: main
        print("nothing")  # hit: main
    except ValueError as error:  # hit: main
        print("value", error)  # hit: main
    except (
        TypeError
    ):
        print("type")  # miss
    else:
        print("else")  # hit: main
    finally:
        print("finally")  # hit: main


def returns():  # hit: main
    try:  # hit: main
        return 1  # hit: main
    finally:
        print("on the way out")  # hit: main


@contextlib.contextmanager  # hit: main
def managed(
    name,
):
    print("enter", name)  # hit: main
    yield name.upper()  # hit: main
    print("leave", name)  # hit: main


def loops(limit):  # hit: main
    for number in range(limit):  # hit: main
        if number == 2:  # hit: main
            break
        print(number)  # hit: main
    else:
        print("no break")  # hit: main
    while limit > 2:  # hit: main
        limit -= 1  # hit: main
    else:
        print("down to", limit)  # hit: main


role("main")  # hit: main
print(  # hit: main
    call(
        1,
        2,
        three=3,
    )
)
text = """
many lines
""" + str(
    call()
)
if (
    text
    and len(text) > 3
):
    print("long")  # hit: main
total = 1 + \
    call(1)
a, b = (  # hit: main
    1,
    2,
)
tries(None)  # hit: main
tries(ValueError("v"))  # hit: main
with contextlib.suppress(KeyError):  # hit: main
    tries(KeyError())  # hit: main
    print("nobody")
print(returns())  # hit: main
with managed("one") as one, managed(  # hit: main
    "two"
) as two:
    print(one, two)  # hit: main
loops(2)  # hit: main
loops(4)  # hit: main
assert total == 2, (  # hit: main
    "no"
)
if 0:
    print("folded")
del a, b  # hit: main
