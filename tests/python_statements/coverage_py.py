"""What coverage.py counts of the sources whose paths stand in stdin, a line each: one line of JSON per source.

The first argument chooses what is excluded: "defaults" or "pragma".
"""
import json
import sys
import warnings
from multiprocessing import Pool

from coverage.config import DEFAULT_EXCLUDE
from coverage.exceptions import CoverageException
from coverage.misc import join_regex
from coverage.parser import PythonParser

EXCLUDE = join_regex({"defaults": DEFAULT_EXCLUDE, "pragma": DEFAULT_EXCLUDE[:1]}[sys.argv[1]])


def count(path):
    # What the compiler warns of is no difference.
    warnings.simplefilter("ignore")
    try:
        parser = PythonParser(filename=path, exclude=EXCLUDE)
        parser.parse_source()
    except (CoverageException, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return json.dumps({"path": path, "refused": str(error)})
    return json.dumps({
        "path": path,
        "statements": sorted(parser.statements),
        "excluded": sorted(parser.excluded),
        "first_lines": list(parser.multiline_map.items()),
    })


if __name__ == "__main__":
    with Pool() as pool:
        for line in pool.imap_unordered(count, sys.stdin.read().split("\n"), chunksize=16):
            print(line)
