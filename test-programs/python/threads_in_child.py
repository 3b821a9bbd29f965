# Threads in a forked child run lines that its parent's threads ran, and others.
# processes: 2
import os
import sys
import threading
import warnings
from role import role

done = []
warnings.simplefilter("ignore")


def count(n):  # hit: parent
    for _ in range(n):  # hit: parent, child
        done.append(1)  # hit: parent, child


def only_in_child():  # hit: parent
    done.append(2)  # hit: child


def run(*targets):  # hit: parent
    threads = [threading.Thread(target=target) for target in targets]  # hit: parent, child
    for thread in threads:  # hit: parent, child
        thread.start()  # hit: parent, child
    for thread in threads:  # hit: parent, child
        thread.join()  # hit: parent, child


role("parent")  # hit: parent
run(lambda: count(10), lambda: count(20))  # hit: parent
if os.fork() == 0:  # hit: parent
    role("child")  # hit: child
    run(lambda: count(1), only_in_child)  # hit: child
    sys.exit(len(done))  # hit: child
print(os.waitpid(-1, 0)[1] >> 8)  # hit: parent
