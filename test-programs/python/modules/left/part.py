# One of two.
def name():  # hit: main
    return "left"  # hit: main


def unused():  # hit: main
    return "unused"  # miss
