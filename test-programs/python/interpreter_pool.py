# Interpreters with locks of their own, which run the same lines at the same time.
# python: 3.14+
# sources: python/parts/counting.py
# processes: 1
import concurrent.futures
from concurrent import interpreters
from parts import counting
from role import role

role("main")  # hit: main
with concurrent.futures.InterpreterPoolExecutor(4) as pool:  # hit: main
    print(sum(pool.map(counting.count, range(200))))  # hit: main
one = interpreters.create()  # hit: main
print(one.call(counting.only, 20))  # hit: main
one.exec("from parts import counting\nprint(counting.by_text())")  # hit: main
one.close()  # hit: main
