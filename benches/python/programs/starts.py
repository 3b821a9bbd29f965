"""Start-up: interpreters, one after the other, that run started.py."""

import os
import subprocess
import sys
import time

COUNT = int(sys.argv[1])
STARTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "started.py")

start = time.perf_counter()
for _ in range(COUNT):
    subprocess.run([sys.executable, STARTED], check=True)
print(time.perf_counter() - start)
