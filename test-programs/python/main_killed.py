# The first process kills itself by SIGKILL; a child lives on.
# signal: SIGKILL
# processes: 2
# ends: main = SIGKILL
# ends: orphan = 0
import os
import signal
from role import role


def last(n):  # hit: main
    return n + 1  # hit: orphan


role("main")  # hit: main
reading, writing = os.pipe()  # hit: main
if os.fork() == 0:  # hit: main
    os.close(writing)  # hit: orphan
    os.read(reading, 1)  # hit: orphan
    role("orphan")  # hit: orphan
    os._exit(last(-1))  # hit: orphan
os.kill(os.getpid(), signal.SIGKILL)  # hit: main
last(0)  # miss
