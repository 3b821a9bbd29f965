#!/usr/bin/env python3
"""Compares forkcov and kcov's two methods for bash: lines lost and invented, processes known, and cost.

    FORKCOV=target/release/forkcov KCOV=target/peers/kcov/bin/kcov tests/real/shell_peers.py

The scripts are those of test-programs/shell. What ran is what bash's own DEBUG trap says in another run. Statements are those
of `forkcov json`, and lines belong to the statement before them. A statement that defines a function is not compared, as the trap
does not run there. `.ci/debian-kcov trixie` fetches kcov.
"""

import glob
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORKCOV = os.path.abspath(os.environ.get("FORKCOV", f"{ROOT}/target/release/forkcov"))
KCOV = os.path.abspath(os.environ.get("KCOV", f"{ROOT}/target/peers/kcov/bin/kcov"))
TRAP = """set -T
trap 'printf "%s %s\\n" "$LINENO" "${BASH_SOURCE[0]}" >>"$ORACLE_LOG"' DEBUG
"""
ROUNDS = 5
WORKS = {
    "400,000 commands in a loop": "for ((i = 0; i < 200000; i++)); do\n    x=$i\n    y=$x\ndone\n",
    "1,000 subshells": "for i in {1..1000}; do\n    (\n        :\n    )\ndone\n",
    "1,000 pipelines": "for i in {1..1000}; do\n    : | {\n        :\n    }\ndone\n",
    "1,000 substitutions": "for i in {1..1000}; do\n    x=$(echo x)\ndone\n",
}


def run(command, **options):
    devnull = subprocess.DEVNULL
    return subprocess.run(command, stdin=devnull, stdout=devnull, stderr=devnull, **options).returncode


def of_forkcov(script, directory):
    """The statements of a script, those that ran, the definitions of functions, and how many processes there were."""
    data = f"{directory}/forkcov.data"
    run([FORKCOV, "run", "-q", "--data-file", data, "--", "bash", script], cwd=directory)
    shown = subprocess.run([FORKCOV, "json", "--data-file", data, "-o", "-"], capture_output=True, check=True, cwd=directory)
    report = json.loads(shown.stdout)
    (file,) = (file for name, file in report["files"].items() if os.path.basename(name) == os.path.basename(script))
    hit = set(file["executed_lines"])
    definitions = {function["start_line"] for function in file["functions"].values() if "start_line" in function}
    return hit | set(file["missing_lines"]), hit, definitions, len(report["processes"])


def of_kcov(method, script, directory):
    out = f"{directory}/kcov-{method}"
    run([KCOV, f"--bash-method={method}", f"--include-path={script}", out, script], cwd=directory)
    lines = {}
    for report in glob.glob(f"{out}/{os.path.basename(script)}*/cobertura.xml"):
        for line in xml.parse(report).iter("line"):
            number = int(line.get("number"))
            lines[number] = lines.get(number, 0) + int(line.get("hits"))
    return {number for number, hits in lines.items() if hits}


def of_trap(script, directory):
    with open(f"{directory}/trap", "w") as file:
        file.write(TRAP)
    log = f"{directory}/log"
    run(["bash", script], cwd=directory, env={**os.environ, "BASH_ENV": f"{directory}/trap", "ORACLE_LOG": log})
    rows = (row.split(" ", 1) for row in open(log).read().splitlines())
    return {int(line) for line, source in rows if source == script}


def lines():
    lost, invented, processes, compared = {}, {}, 0, 0
    for script in sorted(glob.glob(f"{ROOT}/test-programs/shell/*.sh")):
        with tempfile.TemporaryDirectory() as directory:
            statements, hit, definitions, made = of_forkcov(script, directory)
            starts = sorted(statements)

            def by_statement(lines):
                before = ([start for start in starts if start <= line] for line in lines)
                return {start[-1] for start in before if start} - definitions

            ran = by_statement(of_trap(script, directory))
            found = {"forkcov": hit - definitions}
            for method in "PS4", "DEBUG":
                found[f"kcov, {method}"] = by_statement(of_kcov(method, script, directory))
            for tool, its in found.items():
                lost[tool] = lost.get(tool, 0) + len(ran - its)
                invented[tool] = invented.get(tool, 0) + len(its - ran)
                if its != ran:
                    print(f"{tool}: {os.path.basename(script)}: lost {sorted(ran - its)}, invented {sorted(its - ran)}", file=sys.stderr)
            processes += made
            compared += len(statements - definitions)
    print(f"{compared} statements, {processes} processes\n")
    print("| | lines lost | lines invented | processes known |\n|---|---|---|---|")
    for tool in lost:
        print(f"| {tool} | {lost[tool]} | {invented[tool]} | {processes if tool == 'forkcov' else 'none'} |")


def cpu_time(command, directory):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command, cwd=directory)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def costs():
    print("\n| CPU time | bare | forkcov | kcov, PS4 | kcov, DEBUG |\n|---|---|---|---|---|")
    for name, work in WORKS.items():
        with tempfile.TemporaryDirectory() as directory:
            script = f"{directory}/work.sh"
            with open(script, "w") as file:
                file.write(f"#!/bin/bash\n{work}")
            os.chmod(script, 0o755)
            commands = [["bash", script], [FORKCOV, "run", "-q", "--", "bash", script]]
            commands += [[KCOV, f"--bash-method={method}", "kcov", script] for method in ("PS4", "DEBUG")]
            times = [[] for _ in commands]
            for _ in range(ROUNDS):
                for command, its in zip(commands, times):
                    its.append(cpu_time(command, directory))
            bare, *others = (statistics.median(its) for its in times)
            print(f"| {name} | {bare:.2f} s | " + " | ".join(f"{other / bare:.1f}" for other in others) + " |")


if __name__ == "__main__":
    lines()
    if os.environ.get("COSTS", "1") == "1":
        costs()
