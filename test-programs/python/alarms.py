# A timer sends SIGALRM a thousand times a second, before and after a fork.
# processes: 2
import os
import signal
from role import role

count = 0


def handler(number, frame):  # hit: main
    global count
    count += 1  # hit: main, child


def work(until):  # hit: main
    number = 0  # hit: main, child
    while count < until:  # hit: main, child
        number += 1  # hit: main, child
    return number  # hit: main, child


role("main")  # hit: main
signal.signal(signal.SIGALRM, handler)  # hit: main
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)  # hit: main
work(200)  # hit: main
child = os.fork()  # hit: main
if child == 0:  # hit: main, child
    role("child")  # hit: child
    count = 0  # hit: child
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)  # hit: child
    work(100)  # hit: child
    os._exit(3)  # hit: child
status = os.waitpid(child, 0)[1]  # hit: main
signal.setitimer(signal.ITIMER_REAL, 0)  # hit: main
print(status >> 8)  # hit: main
