# Frames that wait and are resumed.
def counts(limit):
    for number in range(limit):
        if number % 2:
            yield number
        else:
            yield -number
        if number > 5: return
    if limit: yield 0


def delegates(limit):
    if limit:
        yield from counts(limit)
    while limit:
        limit -= 1
        received = yield limit
        if received: return received


def closed():
    try:
        while True:
            if (yield 1):
                break
    finally:
        if closed:
            pass


def at_once():
    one, two = counts(3), counts(4)
    for pair in zip(one, two):
        if pair[0] > 5:
            break


list(counts(3))
list(counts(9))
list(delegates(2))
generator = closed()
next(generator)
generator.close()
at_once()
squares = {number: number for number in range(3) if number}
total = sum(
    number
    for number in range(3)
    if number)
