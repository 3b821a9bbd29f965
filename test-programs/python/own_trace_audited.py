# Trace functions of the program's own, which its audit hook can be traced by, is asked about, and refuses to be taken away.
# processes: 1
import sys
from role import role

events = []
refuses = False


def trace(frame, event, argument):  # hit: main
    if frame.f_code.co_name in ("hook", "work"):
        events.append((frame.f_code.co_name, event))


def hook(event, arguments):  # hit: main
    if event == "sys.settrace" and refuses:  # hit: main
        raise RuntimeError("refused")  # hit: main


def work(n):  # hit: main
    return n + 1  # hit: main


def after():  # hit: main
    return work(5)  # hit: main


role("main")  # hit: main
hook.__cantrace__ = True  # hit: main
sys.addaudithook(hook)  # hit: main
sys.settrace(trace)  # hit: main
work(1)  # hit: main
eval("1")  # hit: main
sys.settrace(None)  # hit: main
work(2)  # hit: main
sys.settrace(trace)  # hit: main
refuses = True  # hit: main
try:  # hit: main
    sys.settrace(None)  # hit: main
except RuntimeError as error:  # hit: main
    print(error, sys.gettrace() is trace)  # hit: main
work(3)  # hit: main
refuses = False  # hit: main
sys.settrace(None)  # hit: main
work(4)  # hit: main
print(events)  # hit: main
after()  # hit: main
