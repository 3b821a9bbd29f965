# The events that a program's own audit hook gets.
# processes: 2
# limit-in: 3.9-3.11: a thread's first frame gives the event sys.settrace
import os
import sys
import threading
import time
from role import role


def of_audit():  # hit: parent
    seen = []  # hit: parent
    recording = True  # hit: parent

    # The interpreter does not let an audit hook be traced.
    def record(event, arguments):  # hit: parent
        if recording:  # miss
            seen.append(event)  # miss

    sys.addaudithook(record)  # hit: parent
    if os.fork() == 0:  # hit: parent
        role("child")  # hit: child
        os._exit(len(seen))  # hit: child
    seen.append(os.wait()[1] >> 8)  # hit: parent
    thread = threading.Thread(target=time.sleep, args=(0,))  # hit: parent
    thread.start()  # hit: parent
    thread.join()  # hit: parent
    exec("import colorsys")  # hit: parent
    recording = False  # hit: parent
    print(seen)  # hit: parent


role("parent")  # hit: parent
of_audit()  # hit: parent
