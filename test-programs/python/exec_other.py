# A child runs another version of Python by exec, with an empty environment.
# needs: another
# processes: 2
# ends: child = 3
import os
import sys
from role import role


def in_child():  # hit: parent, child
    role("child")  # hit: child
    other = os.environ["OTHER_PYTHON"]  # hit: child
    os.execve(other, [other, __file__, str(sys.version_info[1])], {})  # hit: child


def after_exec():  # hit: parent, child
    return sys.version_info[1] != int(sys.argv[1])  # hit: child


if len(sys.argv) > 1:  # hit: parent, child
    sys.exit(3 if after_exec() else 4)  # hit: child
role("parent")  # hit: parent
child = os.fork()  # hit: parent
if child == 0:  # hit: parent, child
    in_child()  # hit: child
print(os.waitpid(child, 0)[1] >> 8)  # hit: parent
