# Generators: finished, abandoned, sent to, thrown into, closed, delegating.
# processes: 1
from role import role


def finished():  # hit: main
    yield 1  # hit: main
    yield 2  # hit: main
    role("finished")  # hit: main


def abandoned():  # hit: main
    yield 1  # hit: main
    role("nobody")  # miss


def never_started():  # hit: main
    role("nobody")  # miss
    yield 1  # miss


def conversation():  # hit: main
    total = 0  # hit: main
    try:
        while total < 10:  # hit: main
            total += yield total  # hit: main
    except KeyError:  # hit: main
        yield -total  # hit: main
    finally:
        role("left")  # hit: main


def delegating():  # hit: main
    yield from finished()  # hit: main
    return 3  # hit: main


role("main")  # hit: main
print(list(finished()))  # hit: main
print(next(abandoned()))  # hit: main
unused = never_started()  # hit: main
talk = conversation()  # hit: main
print(next(talk), talk.send(4), talk.throw(KeyError()))  # hit: main
talk.close()  # hit: main
print([*delegating()])  # hit: main
squares = (  # hit: main
    number * number
    for number in range(3)
)
print(sum(squares))  # hit: main
