import os
from . import part

if os.fork() == 0:  # hit: main
    part.in_child()  # hit: child
    os._exit(0)  # hit: child
os.wait()  # hit: main
print(__name__, part.value())  # hit: main
