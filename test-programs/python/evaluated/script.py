# Run by runpy in a module of its own.
def unused():  # hit: main
    return 1  # miss


z = 1  # hit: main
