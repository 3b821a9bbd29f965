from . import role


def value():  # hit: main
    return 7  # hit: main


def in_child():  # hit: main
    role("child")  # hit: child
