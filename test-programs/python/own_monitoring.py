# A program that monitors itself with every tool number that has a name, and sees what it would see without forkcov.
# python: 3.12+
# processes: 1
import sys
from role import role

monitoring = sys.monitoring
events = []


def listen(tool):  # hit: main
    def on_line(code, line):  # hit: main
        if code.co_name == "work":
            events.append((tool, line))
        return monitoring.DISABLE if tool % 2 else None

    monitoring.use_tool_id(tool, "own")  # hit: main
    monitoring.register_callback(tool, monitoring.events.LINE, on_line)  # hit: main
    monitoring.set_events(tool, monitoring.events.LINE)  # hit: main


def work(n):  # hit: main
    if n > 1:  # hit: main
        return n  # hit: main
    return -n  # hit: main


role("main")  # hit: main
tools = [monitoring.DEBUGGER_ID, monitoring.COVERAGE_ID, monitoring.PROFILER_ID, monitoring.OPTIMIZER_ID]  # hit: main
for tool in tools:  # hit: main
    listen(tool)  # hit: main
work(1)  # hit: main
work(2)  # hit: main
monitoring.restart_events()  # hit: main
work(1)  # hit: main
for tool in tools:  # hit: main
    monitoring.set_events(tool, 0)  # hit: main
    monitoring.register_callback(tool, monitoring.events.LINE, None)  # hit: main
    monitoring.free_tool_id(tool)  # hit: main
work(3)  # hit: main
print(events)  # hit: main
