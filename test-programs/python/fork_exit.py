# A child ends by os._exit, which runs no handler and flushes nothing.
# processes: 2
# tree: parent > child
# ends: child = 3
import os
from role import role


def before(n):  # hit: parent
    return n + 1  # hit: child


def after(n):  # hit: parent
    return n + 2  # miss


role("parent")  # hit: parent
child = os.fork()  # hit: parent
if child == 0:  # hit: parent, child
    role("child")  # hit: child
    os._exit(before(2))  # hit: child
    after(2)  # miss
_, status = os.waitpid(child, 0)  # hit: parent
print("status", status >> 8)  # hit: parent
