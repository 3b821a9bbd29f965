"""Calls: the numbers of Fibonacci, by recursion."""

import time


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


start = time.process_time()
assert fib(29) == 514229
print(time.process_time() - start)
