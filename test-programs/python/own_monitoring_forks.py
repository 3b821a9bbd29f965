# A program that monitors itself has disabled events before a fork; they stay so in the child.
# python: 3.12+
# limit: in a forked child, events that the program has disabled come again once
# processes: 2
import os
import sys
from role import role

monitoring = sys.monitoring
events = []


def listen(tool):  # hit: main
    def on_line(code, line):  # hit: main
        if code.co_name == "work":
            events.append((tool, line))
        return monitoring.DISABLE

    monitoring.use_tool_id(tool, "own")  # hit: main
    monitoring.register_callback(tool, monitoring.events.LINE, on_line)  # hit: main
    monitoring.set_events(tool, monitoring.events.LINE)  # hit: main


def work(n):  # hit: main
    if n > 1:  # hit: main, child
        return n  # hit: main
    return -n  # hit: main, child


role("main")  # hit: main
listen(monitoring.COVERAGE_ID)  # hit: main
work(1)  # hit: main
work(2)  # hit: main
if os.fork() == 0:  # hit: main
    role("child")  # hit: child
    work(1)  # hit: child
    os._exit(len(events))  # hit: child
print(os.wait()[1] >> 8)  # hit: main
