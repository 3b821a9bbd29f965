# Runs in an interpreter beside the first one.
def run(number):  # hit: main
    if number == 1:  # hit: main
        return second()  # hit: main
    return 0  # hit: main


def second():  # hit: main
    return 1  # hit: main


def unused():  # hit: main
    return 2  # miss
