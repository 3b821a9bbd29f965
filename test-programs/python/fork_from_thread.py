# Threads that fork, while others run.
# processes: 5
import os
import threading
import warnings
from role import role

warnings.simplefilter("ignore")
statuses = []


def common():  # hit: parent
    return 3  # hit: parent, child


def fork():  # hit: parent
    child = os.fork()  # hit: parent
    if child == 0:  # hit: parent, child
        role("child")  # hit: child
        os._exit(common())  # hit: child
    statuses.append(os.waitpid(child, 0)[1] >> 8)  # hit: parent


role("parent")  # hit: parent
common()  # hit: parent
threads = [threading.Thread(target=fork) for _ in range(4)]  # hit: parent
for thread in threads:  # hit: parent
    thread.start()  # hit: parent
for thread in threads:  # hit: parent
    thread.join()  # hit: parent
print(statuses)  # hit: parent
