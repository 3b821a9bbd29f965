# A Pool that is terminated while its workers are busy.
# variant: fork: fork
# variant: spawn: spawn
# variant: forkserver: forkserver
# ends: busy = SIGTERM
import multiprocessing
import os
import sys
import time
from role import role

role("module")  # hit: module


def work_for_ever(number):  # hit: module
    role("busy")  # hit: busy
    with open("fifo", "w") as ready:  # hit: busy
        ready.write("x")  # hit: busy
    while True:
        time.sleep(0.01)


def main(start):  # hit: module
    role("main")  # hit: main
    os.mkfifo("fifo")  # hit: main
    # Open for writing, too: so it does not end between the two workers.
    ready = os.open("fifo", os.O_RDWR)  # hit: main
    pool = multiprocessing.get_context(start).Pool(2)  # hit: main
    result = pool.map_async(work_for_ever, range(2), 1)  # hit: main
    begun = 0  # hit: main
    while begun < 2:  # hit: main
        begun += len(os.read(ready, 2))  # hit: main
    pool.terminate()  # hit: main
    pool.join()  # hit: main
    print(result.ready())  # hit: main


if __name__ == "__main__":  # hit: module
    main(sys.argv[1])  # hit: main
