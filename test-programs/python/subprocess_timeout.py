# A child by subprocess that is killed when it takes too long.
# processes: 2
# ends: child = SIGKILL
import subprocess
import sys
import time
from role import role


def child():  # hit: parent, child
    role("child")  # hit: child
    print("ready", flush=True)  # hit: child
    while True:
        time.sleep(0.01)


if len(sys.argv) > 1:  # hit: parent, child
    child()  # hit: child
role("parent")  # hit: parent
worker = subprocess.Popen([sys.executable, __file__, "child"], stdout=subprocess.PIPE)  # hit: parent
print(worker.stdout.readline())  # hit: parent
try:
    worker.communicate(timeout=0.05)  # hit: parent
    print("ended")  # miss
except subprocess.TimeoutExpired:  # hit: parent
    worker.kill()  # hit: parent
    worker.communicate()  # hit: parent
print(worker.returncode)  # hit: parent
