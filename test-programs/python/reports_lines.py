# An extension reports the lines of another source by itself. The code of the module counts for nothing: all lines are
# asked for when it has begun.
# python: 3.13+
# sources: python/reported/module.pyx python/native/reports.c python/native/flags.py
# needs: headers
# needs: libraries
# after-build: cc -Wall -shared -fPIC native/reports.c -o reports.so $("$PYTHON" native/flags.py compile)
# processes: 2
import os
import reports
from role import role

PATH = os.path.abspath("reported/module.pyx")  # hit: main
with open(PATH) as source:  # hit: main
    module = compile(source.read(), PATH, "exec")  # hit: main
codes = {code.co_name: code for code in module.co_consts if hasattr(code, "co_name")}  # hit: main


def python(n):  # hit: main
    if n:  # hit: main, child
        return 1  # hit: main
    return 2  # hit: child


role("main")  # hit: main
reports.run(module, [1, 10, 14])  # hit: main
for _ in range(3):  # hit: main
    reports.run(codes["called"], [2, 3, 4, 3, 4, 3, 5, 7])  # hit: main
for _ in range(2000):  # hit: main
    reports.run(codes["copied"].replace(), [15, 16])  # hit: main
python(1)  # hit: main
if os.fork() == 0:  # hit: main
    role("child")  # hit: child
    reports.run(codes["called"], [2, 3, 4, 3, 5, 7])  # hit: child
    reports.run(codes["other"], [11])  # hit: child
    reports.run(codes["copied"].replace(), [17])  # hit: child
    os._exit(python(0))  # hit: child
print(os.wait()[1] >> 8)  # hit: main
