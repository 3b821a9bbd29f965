# A module in a zip archive is run; no report shows its lines, since no file has them.
# sources: python/zipped/inside.py
# after-build: "$PYTHON" -m zipfile -c lib.zip zipped/inside.py
# processes: 1
import sys
from role import role

role("main")  # hit: main
sys.path.insert(0, "lib.zip")  # hit: main
import inside

print(inside.value())  # hit: main
