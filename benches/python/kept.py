"""The lines of the file FILE in each process, from coverage.py's data files in the working directory: JSON."""

import collections
import glob
import json
import re
import sys

import coverage

kept = collections.defaultdict(set)
for path in glob.glob(".coverage.*"):
    data = coverage.CoverageData(path)
    try:
        data.read()
    except coverage.CoverageException:
        # Of a process that was killed while it wrote.
        continue
    pid = re.search(r"\.(?:pid)?(\d+)\.X\w+", path).group(1)
    kept[pid].update(data.lines(sys.argv[1]) or ())
print(json.dumps([sorted(lines) for lines in kept.values()]))
