# multiprocessing.Process with a target and as a subclass, in each way to start one.
# variant: fork: fork
# variant: spawn: spawn
# variant: forkserver: forkserver
# ends: target = 0
# ends: subclass = 4
import multiprocessing
import sys
from role import role

role("module")  # hit: module


def target(n):  # hit: module
    role("target")  # hit: target
    return n + 1  # hit: target


def never(n):  # hit: module
    return n + 2  # miss


class Worker(multiprocessing.Process):  # hit: module
    def run(self):  # hit: module
        role("subclass")  # hit: subclass
        sys.exit(4)  # hit: subclass


if __name__ == "__main__":  # hit: module
    role("main")  # hit: main
    multiprocessing.set_start_method(sys.argv[1])  # hit: main
    workers = [multiprocessing.Process(target=target, args=(1,)), Worker()]  # hit: main
    for worker in workers:  # hit: main
        worker.start()  # hit: main
    for worker in workers:  # hit: main
        worker.join()  # hit: main
    print([worker.exitcode for worker in workers])  # hit: main
