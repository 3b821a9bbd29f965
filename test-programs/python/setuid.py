# A child becomes another user, who may open nothing of ours, and runs on.
# needs: root
# processes: 3
import os
from role import log, role


def as_nobody(n):  # hit: parent
    return n + os.getuid() - 65534  # hit: child


role("parent")  # hit: parent
opened = log()  # hit: parent
if os.fork() == 0:  # hit: parent
    os.setgroups([])  # hit: child
    os.setgid(65534)  # hit: child
    os.setuid(65534)  # hit: child
    role("child", opened)  # hit: child
    if os.fork() == 0:  # hit: child
        role("grandchild", opened)  # hit: grandchild
        os._exit(0)  # hit: grandchild
    os.wait()  # hit: child
    os._exit(as_nobody(4))  # hit: child
print(os.wait()[1] >> 8)  # hit: parent
