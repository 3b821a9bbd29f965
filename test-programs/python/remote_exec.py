# A script that one process has another one run, by the interface for debuggers (PEP 768). Its own lines have no file.
# python: 3.14+
# sources: python/parts/script.txt python/parts/remote.py
# processes: 2
# tree: main > child
import os
import sys
import time
from role import role


def wait():  # hit: main
    role("child")  # hit: child
    ready[1].write("x")  # hit: child
    ready[1].flush()  # hit: child
    while not done:  # hit: child
        time.sleep(0.001)
    print("done by", *done, flush=True)  # hit: child
    os._exit(0)  # hit: child


role("main")  # hit: main
done = []  # hit: main
ready = [open(end, mode) for end, mode in zip(os.pipe(), "rw")]  # hit: main
pid = os.fork()  # hit: main
if pid == 0:  # hit: main, child
    wait()  # hit: child
ready[0].read(1)  # hit: main
sys.remote_exec(pid, os.path.abspath("parts/script.txt"))  # hit: main
print(os.waitpid(pid, 0)[1])  # hit: main
