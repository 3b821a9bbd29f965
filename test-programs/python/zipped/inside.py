# In a zip archive.
def value():
    return 5


def unused():
    return 6
