#!/usr/bin/env python3
"""Lines that `cargo forkcov test` and `cargo llvm-cov` find in the sources of a crate, and the time that both take.

    FORKCOV=target/release/forkcov tests/real/front_ends.py CRATE

Needs cargo-llvm-cov, and rustup's component llvm-tools. Each is run twice; the second time, everything is built.
"""

import os
import subprocess
import sys
import time

crate = os.path.abspath(sys.argv[1])
forkcov = os.path.abspath(os.environ.get("FORKCOV", "target/debug/forkcov"))
TOOLS = {"forkcov": [forkcov, "cargo", "test"], "cargo-llvm-cov": ["cargo", "llvm-cov", "test"]}


def lines(tracefile):
    """For each source, whether each line ran."""
    sources = {}
    with open(tracefile) as file:
        for entry in file:
            kind, _, rest = entry.strip().partition(":")
            if kind == "SF":
                source = sources.setdefault(os.path.relpath(os.path.join(crate, rest), crate), {})
            elif kind == "DA":
                line, count = map(int, rest.split(",")[:2])
                source[line] = source.get(line, False) or count > 0
    return sources


def run(tool, command):
    tracefile = os.path.join(crate, f"target/{tool}.lcov")
    os.makedirs(os.path.dirname(tracefile), exist_ok=True)
    for state in ("with a build", "built"):
        start = time.monotonic()
        subprocess.run([*command, "--lcov", "--output-path", tracefile], cwd=crate, check=True, capture_output=True)
        print(f"{tool}, {state}: {time.monotonic() - start:.1f} s")
    return lines(tracefile)


ours, theirs = (run(tool, command) for tool, command in TOOLS.items())
for name in sorted(ours.keys() | theirs.keys()):
    one, other = ours.get(name, {}), theirs.get(name, {})
    both = one.keys() & other.keys()
    print(f"{name}: lines {len(one)} and {len(other)}, of both {len(both)}, that both say ran",
          sum(one[line] and other[line] for line in both))
    with open(os.path.join(crate, name)) as file:
        text = file.read().splitlines()
    for title, which in (("only forkcov says ran", one), ("only cargo-llvm-cov says ran", other)):
        for line in sorted(line for line in both if which[line] and one[line] != other[line]):
            print(f"  {title}: {line}: {text[line - 1].strip()}")
    print("  only forkcov's lines, run:", sum(one[line] for line in one.keys() - both), "missed:",
          sum(not one[line] for line in one.keys() - both))
    print("  only cargo-llvm-cov's lines, run:", sum(other[line] for line in other.keys() - both), "missed:",
          sum(not other[line] for line in other.keys() - both))
