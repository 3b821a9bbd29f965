# Compiled to where it is found.
def value():  # hit: main
    return 5  # hit: main


def unused():  # hit: main
    return 6  # miss
