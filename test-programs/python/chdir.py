# Files are known by names that were relative to where the process was then.
# sources: python/chdir/lib/late.py
# processes: 2
import os
import sys
from role import role


def elsewhere():  # hit: main
    return os.getcwd() == "/"  # hit: main, child


role("main")  # hit: main
os.chdir("chdir")  # hit: main
sys.path.insert(0, "lib")  # hit: main
import late  # hit: main

os.chdir("/")  # hit: main
print(elsewhere(), late.here())  # hit: main
if os.fork() == 0:  # hit: main
    role("child")  # hit: child
    os._exit(elsewhere() + late.here())  # hit: child
print(os.wait()[1] >> 8)  # hit: main
