"""Numbers: the longest of Collatz's sequences, in loops without a call."""

import time


def longest(limit):
    best = steps_of_best = 0
    for first in range(1, limit):
        n = first
        steps = 0
        while n != 1:
            if n % 2:
                n = 3 * n + 1
            else:
                n //= 2
            steps += 1
        if steps > steps_of_best:
            best = first
            steps_of_best = steps
    return best


start = time.process_time()
assert longest(20000) == 17647
print(time.process_time() - start)
