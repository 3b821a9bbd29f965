# Threads that make interpreters at the same time, each with a lock of its own. What one of them runs, no other does.
# python: 3.12+
# sources: python/parts/alone.py
# processes: 1
import sys
import threading
from role import role

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

SCRIPT = """
import sys
sys.path.insert(0, {path!r})
from parts import alone
alone.run{number}()
"""


def run(number):  # hit: main
    interpreter = interpreters.create()  # hit: main
    interpreters.run_string(interpreter, SCRIPT.format(path=sys.path[0], number=number))  # hit: main
    interpreters.destroy(interpreter)  # hit: main


role("main")  # hit: main
threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]  # hit: main
for thread in threads:  # hit: main
    thread.start()  # hit: main
for thread in threads:  # hit: main
    thread.join()  # hit: main
print("done")  # hit: main
