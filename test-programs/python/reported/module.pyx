def called(n):
    total = 0  # hit: main, child
    for i in range(n):  # hit: main, child
        total += i  # hit: main, child
    if n < 0:  # hit: main, child
        raise ValueError(n)  # miss
    return total  # hit: main, child


def other():
    return 1  # hit: child


def copied(n):
    if n:  # hit: main
        return 1  # hit: main
    return 2  # hit: child
