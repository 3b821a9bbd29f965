# Children are forked when no descriptor is left, neither in them nor in their parent.
# processes: 3
import os
import resource
from role import log, role


def in_child(n):  # hit: parent
    lines = [n]  # hit: child, grandchild
    for more in range(3000):  # hit: child, grandchild
        lines.append(more)  # hit: child, grandchild
    return len(lines)  # hit: child, grandchild


role("parent")  # hit: parent
opened = log()  # hit: parent
resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 4, opened + 4))  # hit: parent
try:  # hit: parent
    for _ in range(9):  # hit: parent
        os.dup(opened)  # hit: parent
except OSError:  # hit: parent
    full = True  # hit: parent
if os.fork() == 0:  # hit: parent
    role("child", opened)  # hit: child
    in_child(1)  # hit: child
    if os.fork() == 0:  # hit: child
        role("grandchild", opened)  # hit: grandchild
        os._exit(in_child(2) - 3001)  # hit: grandchild
    os._exit(os.wait()[1])  # hit: child
print(os.wait()[1])  # hit: parent
