# Each function is run by one interpreter.
def run0():  # hit: main
    return 0  # hit: main


def run1():  # hit: main
    return 1  # hit: main


def run2():  # hit: main
    return 2  # hit: main


def run3():  # hit: main
    return 3  # hit: main


def run4():  # hit: main
    return 4  # hit: main


def run5():  # hit: main
    return 5  # hit: main


def run6():  # hit: main
    return 6  # hit: main


def run7():  # hit: main
    return 7  # hit: main
