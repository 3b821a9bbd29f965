# Children that end in every way that leaves no time to save anything.
# processes: 8
# ends: killed = SIGKILL
# ends: terminated = SIGTERM
# ends: handled = 7
# ends: aborted = SIGABRT
# ends: crashed = SIGSEGV
# ends: raised = 1
# ends: returned = 0
# needs: libraries
import ctypes
import os
import resource
import signal
import sys
import time
from role import role


def killed():  # hit: parent
    role("killed")  # hit: killed
    os.kill(os.getpid(), signal.SIGKILL)  # hit: killed
    role("nobody")  # miss


def terminated():  # hit: parent
    role("terminated")  # hit: terminated
    os.kill(os.getpid(), signal.SIGTERM)  # hit: terminated
    time.sleep(60)


def handled():  # hit: parent
    role("handled")  # hit: handled
    signal.signal(signal.SIGTERM, handler)  # hit: handled
    os.kill(os.getpid(), signal.SIGTERM)  # hit: handled
    while True:
        time.sleep(0.01)


def handler(number, frame):  # hit: parent
    assert number == signal.SIGTERM  # hit: handled
    sys.exit(7)  # hit: handled


def aborted():  # hit: parent
    role("aborted")  # hit: aborted
    os.abort()  # hit: aborted
    role("nobody")  # miss


def crashed():  # hit: parent
    role("crashed")  # hit: crashed
    ctypes.string_at(0)  # hit: crashed
    role("nobody")  # miss


def raised():  # hit: parent
    role("raised")  # hit: raised
    sys.excepthook = lambda *_: None  # hit: raised
    raise ValueError  # hit: raised


def returned():  # hit: parent
    role("returned")  # hit: returned


role("parent")  # hit: parent
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # hit: parent
for end in [killed, terminated, handled, aborted, crashed, raised, returned]:  # hit: parent
    child = os.fork()  # hit: parent
    if child == 0:  # hit: parent, killed, terminated, handled, aborted, crashed, raised, returned
        end()  # hit: killed, terminated, handled, aborted, crashed, raised, returned
        sys.exit(0)  # hit: returned
    os.waitpid(child, 0)  # hit: parent
print("all have ended", flush=True)  # hit: parent
