"""What coverage.py counts of the sources whose paths stand in stdin, a line each: one line of JSON per source.

The first argument chooses what is excluded: "defaults" or "pragma".
"""
import json
import sys
import warnings
from multiprocessing import Pool

from coverage.config import DEFAULT_EXCLUDE, DEFAULT_PARTIAL, DEFAULT_PARTIAL_ALWAYS
from coverage.exceptions import CoverageException
from coverage.misc import join_regex
from coverage.parser import PythonParser

EXCLUDE = join_regex({"defaults": DEFAULT_EXCLUDE, "pragma": DEFAULT_EXCLUDE[:1]}[sys.argv[1]])
PARTIAL = join_regex(DEFAULT_PARTIAL + DEFAULT_PARTIAL_ALWAYS)


def branches(parser):
    """The exits of each line that has several, and which of these lines need not take all."""
    exits = {}
    try:
        parser.arcs()
    except AssertionError:
        # It takes a `with` statement on the line of another branch for an error of its own.
        return None
    for line, count in parser.exit_counts().items():
        if count > 1:
            exits[line] = sorted(to for start, to in parser.arcs() if start == line and to not in parser.excluded)
    partial = parser.lines_matching(PARTIAL)
    return {
        "exits": list(exits.items()),
        "partial": sorted(partial.intersection(exits)),
        # How arcs are read that leave `with` statements.
        "jumps": list(parser._with_jump_fixers.items()),
    }


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
        "branches": branches(parser),
    })


if __name__ == "__main__":
    with Pool() as pool:
        for line in pool.imap_unordered(count, sys.stdin.read().split("\n"), chunksize=16):
            print(line)
