# A child by subprocess that takes nothing from its environment, and has no site module.
# processes: 2
import sys

sys.path.insert(0, __file__.rpartition("/")[0])  # hit: parent, child
from role import role


def inside():  # hit: parent, child
    print(sys.flags.isolated, sys.flags.no_site, sys.flags.ignore_environment)  # hit: child
    print("site" in sys.modules, sys.argv[1:])  # hit: child


if len(sys.argv) > 1:  # hit: parent, child
    role("child")  # hit: child
    inside()  # hit: child
    sys.exit(0)  # hit: child

role("parent")  # hit: parent
import subprocess

command = [sys.executable, "-I", "-S", "-E", __file__, "child"]  # hit: parent
subprocess.run(command, check=True)  # hit: parent
