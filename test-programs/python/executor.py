# A ProcessPoolExecutor that works, and one whose worker dies.
# variant: fork: fork
# variant: spawn: spawn
# variant: forkserver: forkserver
import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from role import role

role("module")  # hit: module


def work(n):  # hit: module
    role("worker")  # hit: worker
    return n + 1  # hit: worker


def die(n):  # hit: module
    role("dead")  # hit: dead
    os.kill(os.getpid(), signal.SIGKILL)  # hit: dead
    return n  # miss


def main(start):  # hit: module
    role("main")  # hit: main
    context = multiprocessing.get_context(start)  # hit: main
    with ProcessPoolExecutor(2, context) as executor:  # hit: main
        print(list(executor.map(work, range(5))))  # hit: main
    with ProcessPoolExecutor(1, context) as executor:  # hit: main
        try:
            executor.submit(die, 1).result()  # hit: main
            print("alive")  # miss
        except BrokenProcessPool:  # hit: main
            print("broken")  # hit: main


if __name__ == "__main__":  # hit: module
    main(sys.argv[1])  # hit: main
