# The other of two.
def name():  # hit: child
    return "right"  # hit: child
