# A program with trace functions of its own, which see what they would see without forkcov.
# processes: 1
import sys
import threading
from role import role

events = []


def trace(frame, event, argument):  # hit: main
    if frame.f_code.co_name != "work":
        return None
    events.append((event, frame.f_lineno))
    return trace


def work(n):  # hit: main
    n += 1  # hit: main
    return n  # hit: main


def after():  # hit: main
    return work(3)  # hit: main


role("main")  # hit: main
sys.settrace(trace)  # hit: main
work(1)  # hit: main
sys.settrace(None)  # hit: main
threading.settrace(trace)  # hit: main
thread = threading.Thread(target=work, args=(2,))  # hit: main
thread.start()  # hit: main
thread.join()  # hit: main
threading.settrace(None)  # hit: main
print(events, sys.gettrace())  # hit: main
after()  # hit: main
