# A child by subprocess that another version of Python runs.
# needs: another
# processes: 2
import os
import subprocess
import sys
from role import role

role("both")  # hit: both
if len(sys.argv) > 1:  # hit: both
    role("child")  # hit: child
    print(sys.version_info[1] == int(sys.argv[1]))  # hit: child
else:
    role("parent")  # hit: parent
    command = [os.environ["OTHER_PYTHON"], __file__, str(sys.version_info[1])]  # hit: parent
    print(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)  # hit: parent
