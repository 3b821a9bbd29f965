"""Compares the branches of a data file with those of gcov's JSON, line by line.

The program is in two directories: forkcov's in `plain`, gcov's in `counting`.
"""

import collections
import functools
import json
import os
import sqlite3
import sys


def gcov(path):
    """For each line, which of its branches were taken. A line of several functions has those of all of them."""
    functions = collections.defaultdict(list)
    decoder, text, at = json.JSONDecoder(), open(path).read(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        unit, at = decoder.raw_decode(text, at)
        for source in unit["files"]:
            name = inside(os.path.join(unit["current_working_directory"], source["file"]), "counting")
            for line in source["lines"]:
                taken = [branch["count"] > 0 for branch in line["branches"] if not branch["throw"]]
                key = (name, line["line_number"], line.get("function_name"))
                # Several units have the function.
                if len(taken) > len(functions[key]):
                    functions[key] = taken
                elif len(taken) == len(functions[key]):
                    functions[key] = [one or other for one, other in zip(functions[key], taken)]
    lines = collections.defaultdict(list)
    for (name, line, _), taken in functions.items():
        lines[name, line] += taken
    return {key: taken for key, taken in lines.items() if taken}


def forkcov(path, what):
    """For each line, how many branches there are."""
    data = sqlite3.connect(path)
    rows = data.execute(f"SELECT path, line, count(*) FROM ({what}) GROUP BY 1, 2")
    return {(inside(path, "plain"), line): count for path, line, count in rows}


def inside(path, directory):
    """The path below the directory in which the program was built."""
    path = os.path.realpath(path)
    top = os.path.realpath(directory) + os.sep
    return path[len(top) :] if path.startswith(top) else path


@functools.cache
def texts(path):
    with open(os.path.join("plain", path), errors="replace") as source:
        return source.readlines()


def text_of(line):
    return "".join(texts(line[0])[line[1] - 1 : line[1]]).strip()


data_file, json_file, program, least, left_out, gcov_has = sys.argv[1:]
ours = forkcov(data_file, "SELECT path, line FROM branch JOIN file ON file.id = branch.file")
ours_taken = forkcov(data_file, "SELECT DISTINCT path, line, jump, way FROM branch_hit")
theirs = gcov(json_file)
lines = ours.keys() | theirs.keys()
same = [line for line in lines if ours.get(line, 0) == len(theirs.get(line, []))]
percent = 100 * len(same) / len(lines)
print(f"{program}: {len(lines)} lines have branches, {len(same)} ({percent:.1f}%) as many by gcov")
if os.environ.get("SHOW"):
    for line in sorted(lines - set(same)):
        print(f"{line[0]}:{line[1]}: {ours.get(line, 0)}, gcov {len(theirs.get(line, []))}: {text_of(line)}")
left_out = [tuple(entry.split(":", 1)) for entry in left_out.splitlines()]
is_left_out = lambda line: any(line[0].endswith(file) and words in text_of(line) for file, words in left_out)
compared = [line for line in same if not is_left_out(line)]
more = {line: ours_taken.get(line, 0) - sum(theirs[line]) for line in compared}
others = sorted(line for line in compared if more[line] < 0 or (more[line] and gcov_has == "all"))
for line in others:
    print(f"{line[0]}:{line[1]}: {ours_taken.get(line, 0)} taken, {sum(theirs[line])} by gcov: {text_of(line)}")
if others:
    sys.exit(f"{program}: on {len(others)} lines, gcov saw other directions")
if percent < float(least):
    sys.exit(f"{program}: less than {least}%")
