# Imported by a path that is relative.
def here():  # hit: main
    return 1  # hit: main, child


def unused():  # hit: main
    return 2  # miss
