import os


def count(number):  # hit: main
    total = 0  # hit: main
    for item in range(number):  # hit: main
        if item % 2:  # hit: main
            total += item  # hit: main
    if number == 150:  # hit: main
        total += 1  # hit: main
    return total  # hit: main


def only(number):  # hit: main
    return number + 1  # hit: main


def by_text():  # hit: main
    return 7  # hit: main


def nobody():  # hit: main
    return os.getpid()  # miss
