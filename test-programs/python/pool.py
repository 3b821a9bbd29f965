# A Pool that is closed, or left to the end of the interpreter.
# variant: closed-fork: closed fork
# variant: closed-spawn: closed spawn
# variant: closed-forkserver: closed forkserver
# variant: left-fork: left fork
# variant: left-spawn: left spawn
# An address, which is another in each run of a free-threaded build:
# varies: <function Pool.__del__ at
import multiprocessing
import sys
from role import role

role("module")  # hit: module


def work(n):  # hit: module
    role("worker")  # hit: worker
    return n * n  # hit: worker


def main(end, start):  # hit: module
    role("main")  # hit: main
    pool = multiprocessing.get_context(start).Pool(2)  # hit: main
    print(pool.map(work, range(6), 1))  # hit: main
    if end == "closed":  # hit: main
        pool.close()
        pool.join()
    if end == "left":  # hit: main
        globals()["kept"] = pool


if __name__ == "__main__":  # hit: module
    main(*sys.argv[1:])  # hit: main
