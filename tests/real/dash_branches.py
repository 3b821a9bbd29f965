"""Compares the branches of a data file with those of gcov's JSON, line by line."""

import collections
import json
import os
import sqlite3
import sys

# Of 100 lines with branches, so many have the same number at least. docs/branches.md says what the others are.
LEAST = 98


def gcov(path):
    """For each line, which of its branches were taken."""
    lines = collections.defaultdict(list)
    decoder, text, at = json.JSONDecoder(), open(path).read(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        unit, at = decoder.raw_decode(text, at)
        for source in unit["files"]:
            for line in source["lines"]:
                taken = [branch["count"] > 0 for branch in line["branches"] if not branch["throw"]]
                key = (os.path.basename(source["file"]), line["line_number"])
                if len(taken) > len(lines[key]):
                    lines[key] = taken
                elif len(taken) == len(lines[key]):
                    lines[key] = [one or other for one, other in zip(lines[key], taken)]
    return {key: taken for key, taken in lines.items() if taken}


def forkcov(path, what):
    """For each line, how many branches there are."""
    data = sqlite3.connect(path)
    rows = data.execute(f"SELECT path, line, count(*) FROM ({what}) GROUP BY 1, 2")
    return {(os.path.basename(path), line): count for path, line, count in rows}


data_file, json_file, sources = sys.argv[1:]
ours = forkcov(data_file, "SELECT path, line FROM branch JOIN file ON file.id = branch.file")
ours_taken = forkcov(data_file, "SELECT DISTINCT path, line, jump, way FROM branch_hit")
theirs = gcov(json_file)
lines = ours.keys() | theirs.keys()
same = [line for line in lines if ours.get(line, 0) == len(theirs.get(line, []))]
percent = 100 * len(same) / len(lines)
lost = sorted(line for line in same if sum(theirs[line]) > ours_taken.get(line, 0))
print(f"dash-branches.sh: {len(lines)} lines have branches, {len(same)} ({percent:.1f}%) as many by gcov")
# A call of execve that succeeds does not return; gcov takes it to have gone on to the line behind it.
with open(f"{sources}/exec.c") as text:
    behind = {("exec.c", number) for number, line in enumerate(text, 1) if "errno == ENOEXEC" in line}
lost = [line for line in lost if line not in behind]
if lost:
    sys.exit(f"dash-branches.sh: gcov saw more branches taken in {lost}")
if percent < LEAST:
    sys.exit(f"dash-branches.sh: less than {LEAST}%")
