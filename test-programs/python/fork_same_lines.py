# Lines that the parent ran are hit by a child when it runs them too, and only then.
# processes: 4
# tree: parent > child, child > grandchild
import os
from role import role


def shared(n):  # hit: parent
    if n > 2:  # hit: parent, child, grandchild
        return n  # hit: grandchild
    return -n  # hit: parent, child


def parents(n):  # hit: parent
    return n  # hit: parent


role("parent")  # hit: parent
for number in range(3):  # hit: parent
    shared(number)  # hit: parent
    parents(number)  # hit: parent
for _ in range(2):  # hit: parent
    if os.fork() == 0:  # hit: parent
        role("child")  # hit: child
        shared(1)  # hit: child
        if _ == 1 and os.fork() == 0:  # hit: child
            role("grandchild")  # hit: grandchild
            shared(3)  # hit: grandchild
            os._exit(0)  # hit: grandchild
        if _ == 1:  # hit: child
            os.wait()
        os._exit(0)  # hit: child
    os.wait()  # hit: parent
