# A child ends by an _exit that was imported by name before anybody could replace it.
# processes: 2
# ends: child = 0
from os import _exit, fork, waitpid
from role import role

role("parent")  # hit: parent
if not fork():  # hit: parent
    role("child")  # hit: child
    _exit(0)  # hit: child
    role("nobody")  # miss
print(waitpid(-1, 0)[1])  # hit: parent
