# A hundred thousand code objects are made, run and dropped; none is kept. Memory in KiB.
# processes: 1
from role import role


def resident():  # hit: main
    with open("/proc/self/status") as file:  # hit: main
        return int(file.read().partition("RssAnon:")[2].split()[0])  # hit: main


def make(times):  # hit: main
    for number in range(times):  # hit: main
        exec(compile("def f():\n    return %d\nf()" % number, __file__, "exec"), {})  # hit: main


role("main")  # hit: main
make(10_000)  # hit: main
before = resident()  # hit: main
make(90_000)  # hit: main
print("grew" if resident() - before > 8_000 else "did not grow")  # hit: main
