# Interpreters beside the first one; each has its own modules.
# sources: python/subinterpreters/part.py
# processes: 1
import sys
from role import role

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

SCRIPT = """
import sys
sys.path.insert(0, {path!r})
import part
part.run({number})
"""


def run(number):  # hit: main
    interpreter = interpreters.create()  # hit: main
    script = SCRIPT.format(path=sys.path[0] + "/subinterpreters", number=number)  # hit: main
    interpreters.run_string(interpreter, script)  # hit: main
    interpreters.destroy(interpreter)  # hit: main


role("main")  # hit: main
for number in range(3):  # hit: main
    run(number)  # hit: main
print("done")  # hit: main
