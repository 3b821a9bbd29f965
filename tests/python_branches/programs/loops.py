# Loops that end, break, continue, or never begin.
def of_all(items):
    for item in items:
        if item == 1:
            continue
        if item == 3:
            break
        last = item
    else:
        last = None
    return last


def while_loop(count):
    while count:
        count -= 1
        if count == 5:
            return count
    else:
        count = 7
    while count > 0:
        count -= 2
        for unused in range(count):
            pass
    return count


def endless(items):
    while True:
        item = items.pop()
        if not item:
            break
        if item > 5:
            continue
        while item:
            item -= 1
    return items


def of_one_line(items):
    for item in items: last = item
    while items: items.pop()
    for item in range(2): pass
    return items


def ends_a_function(items):
    for item in items:
        if item:
            pass


def always_true(items):
    for item in items:
        if item >= 0:
            item += 1
        if item:
            item += 1
        else:
            item = 0


def no_items(items):
    for item in items:
        return item
    for item in items:
        while item:
            item -= 1


of_all([1, 2])
of_all([0, 3, 4])
while_loop(3)
while_loop(9)
endless([0, 7, 1, 2])
of_one_line([1, 2])
ends_a_function([0, 1])
always_true(range(100))
no_items([])
for once in range(3):
    if once > 1: break
