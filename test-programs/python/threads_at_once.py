# Threads of each child enter code that is new, all at the same moment. No line of it is lost, whichever of them runs it.
# processes: 5
import gc
import os
import threading
import types
from role import role


def work(number, seen):  # hit: parent
    seen = seen + 1  # hit: child
    if number == 0:  # hit: child
        return seen  # hit: child
    if number == 1:  # hit: child
        return seen + number  # hit: child
    for step in range(number):  # hit: child
        seen += step  # hit: child
    if number == 2:  # hit: child
        return seen  # hit: child
    if number > 9:  # hit: child
        return -1  # miss
    return seen + 1  # hit: child


def begin(number, barrier, copies, sums):  # hit: parent
    barrier.wait()  # hit: child
    for copy in copies:  # hit: child
        sums[number] += copy(number, 0)  # hit: child


def copy_of_work():  # hit: parent
    return types.FunctionType(work.__code__.replace(), globals())  # hit: child


def run():  # hit: parent
    sums = [0] * 4  # hit: child
    for _ in range(5):  # hit: child
        barrier = threading.Barrier(4)  # hit: child
        copies = [copy_of_work() for _ in range(50)]  # hit: child
        threads = [threading.Thread(target=begin, args=(n, barrier, copies, sums)) for n in range(4)]  # hit: child
        for thread in threads:  # hit: child
            thread.start()  # hit: child
        for thread in threads:  # hit: child
            thread.join()  # hit: child
        del copies  # hit: child
        gc.collect()  # hit: child
    return sums  # hit: child


role("parent")  # hit: parent
for _ in range(4):  # hit: parent
    if os.fork() == 0:  # hit: parent
        role("child")  # hit: child
        print(run(), flush=True)  # hit: child
        os._exit(0)  # hit: child
    os.wait()  # hit: parent
