#!/usr/bin/env python3
"""`pytest --forkcov` and `pytest --cov` over the suites of real packages: lines, branches, statuses and processor times.

    python3 -m venv venv && venv/bin/pip install "$(packaging/wheel)"
    venv/bin/pip install pytest pytest-cov pytest-xdist pytest-forked freezegun
    venv/bin/python tests/real/pytest_cov.py

Each suite comes from the source distribution of its package and runs bare, under pytest-cov and under forkcov: alone, with two
workers (-n 2), and with a process for each test (--forked). What differs is printed, line by line.
"""

import glob
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

# Each with its sources, and what its suite needs.
PACKAGES = {
    "idna==3.6": ("idna", []),
    "itsdangerous==2.2.0": ("src/itsdangerous", []),
    "markupsafe==2.1.5": ("src/markupsafe", []),
    "click==8.1.8": ("src/click", []),
    "jinja2==3.1.5": ("src/jinja2", ["markupsafe", "trio"]),
}
WAYS = {"": [], "-n 2": ["-n", "2"], "--forked": ["--forked"]}
# The work of the tests, not of the terminal. Both tools are below the same plugins.
COMMON = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly"]


def pytest(place, root, *arguments):
    """Runs the suite. Gives the last line of its summary, its status, and its processor time."""
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("COVERAGE_FILE", "FORKCOV_FILE"):
        environment.pop(name, None)
    start = processor_time()
    command = [sys.executable, "-m", "pytest", *COMMON, *arguments]
    run = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=900)
    seconds = processor_time() - start
    counts = [line.rsplit(" in ", 1)[0] for line in run.stdout.splitlines() if " passed" in line or " failed" in line]
    return (counts or [run.stdout[-300:] + run.stderr[-300:]])[-1], run.returncode, seconds


def processor_time():
    """Of all processes that have been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def report(path):
    """What a tool has written; nothing if it has not."""
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        files = json.load(file)["files"]
    os.remove(path)
    return {name: {"lines": set(of["executed_lines"]), "missing": set(of["missing_lines"]),
                   "branches": {tuple(branch) for branch in of.get("executed_branches", [])}}
            for name, of in files.items()}


def differences(ours, theirs):
    for name in sorted(ours.keys() | theirs.keys()):
        for what in ("lines", "missing", "branches"):
            one, other = (of.get(name, {}).get(what, set()) for of in (ours, theirs))
            for title, more in (("forkcov alone", one - other), ("pytest-cov alone", other - one)):
                if more:
                    yield f"    {name}: {what} of {title}: {sorted(more)[:20]}{' ...' * (len(more) > 20)}"


def compare(requirement, sources, needs):
    name = requirement.partition("==")[0]
    with tempfile.TemporaryDirectory() as place:
        pip = [sys.executable, "-m", "pip", "--quiet"]
        if needs:
            subprocess.run([*pip, "install", *needs], check=True)
        subprocess.run([*pip, "download", "--no-deps", "--no-binary", name, "--dest", f"{place}/sdist", requirement], check=True)
        [archive] = glob.glob(f"{place}/sdist/*")
        subprocess.run(["tar", "--strip-components=1", "-xf", archive, "-C", place], check=True)
        shutil.rmtree(f"{place}/sdist")
        root = os.path.join(place, os.path.dirname(sources))
        for way, flags in WAYS.items():
            bare = pytest(place, root, *flags, "tests")
            cov = pytest(place, root, *flags, f"--cov={sources}", "--cov-branch", "--cov-report=json:theirs.json", "tests")
            ours = pytest(place, root, *flags, f"--forkcov={sources}", "--forkcov-branch",
                          "--forkcov-report=json:ours.json", "tests")
            one, other = report(f"{place}/ours.json"), report(f"{place}/theirs.json")
            lines = sum(len(of["lines"]) for of in one.values())
            found = list(differences(one, other))
            print(f"{requirement} {way}: {bare[0]} ({bare[2]:.1f} s); pytest-cov {cov[2]:.1f} s, forkcov {ours[2]:.1f} s; "
                  f"{lines} lines, {'equal' if not found else 'different:'}", *found, sep="\n", flush=True)
            for tool, outcome in (("pytest-cov", cov), ("forkcov", ours)):
                if outcome[:2] != bare[:2]:
                    print(f"    {tool} ends otherwise: {outcome[:2]}, bare {bare[:2]}", flush=True)


for requirement, (sources, needs) in PACKAGES.items():
    if not sys.argv[1:] or requirement in sys.argv[1:]:
        compare(requirement, sources, needs)
