# Two modules of one name, and one that is reloaded, before and after a fork.
# sources: python/modules/left/part.py python/modules/right/part.py
# processes: 2
import importlib
import os
import sys
from role import role


def load(directory):  # hit: main
    sys.path.insert(0, directory)  # hit: main, child
    sys.modules.pop("part", None)  # hit: main, child
    importlib.invalidate_caches()  # hit: main, child
    return importlib.import_module("part")  # hit: main, child


role("main")  # hit: main
left = load("modules/left")  # hit: main
print(left.name(), flush=True)  # hit: main
print(importlib.reload(left).name(), flush=True)  # hit: main
if os.fork() == 0:  # hit: main
    role("child")  # hit: child
    print(load("modules/right").name(), flush=True)  # hit: child
    os._exit(0)  # hit: child
os.wait()  # hit: main
print(left.name(), flush=True)  # hit: main
