# Frames of one function that run at the same time.
def factorial(number):
    if number < 2:
        return 1
    result = number * factorial(number - 1)
    if result > 100:
        result -= 1
    return result


def walk(tree, depth):
    for item in tree:
        if isinstance(item, list):
            walk(item, depth + 1)
        elif depth > 5:
            break
    else:
        depth = 0
    return depth


def fails(depth):
    if depth:
        try:
            fails(depth - 1)
        except ZeroDivisionError:
            if depth == 1:
                raise KeyError
    else:
        1 / 0


factorial(4)
walk([1, [2, [3]], 4], 0)
try:
    fails(2)
except KeyError:
    pass
