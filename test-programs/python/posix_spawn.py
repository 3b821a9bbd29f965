# A child by posix_spawn(3), which shares its parent's memory until its exec.
# processes: 2
# ends: child = 2
import os
import sys
from role import role

role("both")  # hit: both
if len(sys.argv) > 1:  # hit: both
    role("child")  # hit: child
    sys.exit(2)  # hit: child
role("parent")  # hit: parent
child = os.posix_spawn(sys.executable, [sys.executable, __file__, "child"], os.environ)  # hit: parent
print(os.waitpid(child, 0)[1] >> 8)  # hit: parent
