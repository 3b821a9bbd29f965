# A process runs the same interpreter again, once with its environment and once with none.
# processes: 1
# exit: 5
import os
import sys
from role import role


def again(step, environment):  # hit: process
    os.execve(sys.executable, [sys.executable, __file__, step], environment)  # hit: process


def first():  # hit: process
    again("second", os.environ)  # hit: process


def second():  # hit: process
    again("third", {})  # hit: process


def third():  # hit: process
    sys.exit(5)  # hit: process


def fourth():  # hit: process
    sys.exit(6)  # miss


role("process")  # hit: process
steps = {"first": first, "second": second, "third": third}  # hit: process
steps[(sys.argv + ["first"])[1]]()  # hit: process
