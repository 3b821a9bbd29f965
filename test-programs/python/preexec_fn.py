# A function that a child of subprocess runs between fork and exec.
# processes: 2
# tree: parent > child
import os
import subprocess
from role import role


def prepare():  # hit: parent
    role("child")  # hit: child
    os.setsid()  # hit: child


role("parent")  # hit: parent
print(subprocess.run(["/bin/true"], preexec_fn=prepare).returncode)  # hit: parent
