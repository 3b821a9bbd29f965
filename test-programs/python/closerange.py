# A child and then its parent close every descriptor that they have.
# processes: 2
import os
from role import role


def close_all():  # hit: parent
    os.closerange(0, 65536)  # hit: parent, child
    return 0  # hit: parent, child


def after(n):  # hit: parent
    role("after")  # hit: parent, child
    return n + 1  # hit: parent, child


role("parent")  # hit: parent
print("before", flush=True)  # hit: parent
if os.fork() == 0:  # hit: parent
    role("child")  # hit: child
    close_all()  # hit: child
    os._exit(after(0))  # hit: child
os.wait()  # hit: parent
close_all()  # hit: parent
os._exit(after(-1))  # hit: parent
