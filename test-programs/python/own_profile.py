# A program with profile functions of its own.
# processes: 1
import sys
import threading
from role import role

events = []


def profile(frame, event, argument):  # hit: main
    if frame.f_code.co_name == "work":
        events.append(event)


def work(n):  # hit: main
    return n + 1  # hit: main


role("main")  # hit: main
sys.setprofile(profile)  # hit: main
work(1)  # hit: main
sys.setprofile(None)  # hit: main
threading.setprofile(profile)  # hit: main
thread = threading.Thread(target=work, args=(2,))  # hit: main
thread.start()  # hit: main
thread.join()  # hit: main
threading.setprofile(None)  # hit: main
print(events)  # hit: main
