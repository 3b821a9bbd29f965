"""`pytest --forkcov`: runs pytest again, under `forkcov run`, and reports when that has ended.

A process can be traced from its beginning only by another one. So the pytest that the user starts does no more than this: it
starts the same command line again under forkcov, before any test or conftest.py is imported, waits, and ends as that ended.
"""

import importlib.util
import os
import resource
import signal
import subprocess
import sys

import pytest

from . import program

# The report of each kind: the command, the option with its destination, and the destination that pytest-cov has.
FILES = {
    "html": ("html", "--directory", "htmlcov"),
    "json": ("json", "--output", "coverage.json"),
    "lcov": ("lcov", "--output", "coverage.lcov"),
    "xml": ("xml", "--output", "coverage.xml"),
}
TABLES = {"term": [], "term-missing": ["--show-missing"]}
# Signals to this process alone are meant for the tests; those of a terminal reach them anyway.
FORWARDED = [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2]
OF_TERMINAL = [signal.SIGINT, signal.SIGQUIT]


def pytest_addoption(parser):
    group = parser.getgroup("forkcov", "coverage of all processes, by forkcov")
    option = group.addoption
    option("--forkcov", action="append", nargs="?", const="", default=[], metavar="SOURCE",
           help="Cover these directories or packages; without SOURCE, all but the system's and installed ones. Repeatable.")
    option("--forkcov-report", action="append", default=[], metavar="TYPE",
           help="What to report: term, term-missing, html, xml, json, lcov, or nothing (--forkcov-report=). The first two may be "
           "followed by :skip-covered, the others by :DEST. Repeatable; separated by commas, too.")
    option("--forkcov-branch", action="store_true", help="Record branches, too.")
    option("--forkcov-append", action="store_true", help="Add to the data file instead of replacing it.")
    option("--forkcov-context", choices=["test"], help="Record which test ran what.")
    option("--forkcov-config", metavar="FILE", help="The configuration file of forkcov.")
    option("--forkcov-fail-under", type=float, metavar="MIN", help="Fail if the total is below this percentage.")
    option("--no-forkcov", action="store_true", help="Cover nothing, whatever the other options say.")
    option("--no-forkcov-on-fail", action="store_true", help="Report nothing if a test fails.")


# A wrapper, and the first one: the output of pytest is not captured yet.
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    options = early_config.known_args_namespace
    is_about_pytest = getattr(options, "help", False) or getattr(options, "version", False)
    if options.forkcov and not options.no_forkcov and not is_about_pytest and not is_traced():
        settings = [f"--config={options.forkcov_config}"] if options.forkcov_config else []
        reports = chosen_reports(options)
        status = run_again(settings, options)
        if status == 0 or not options.no_forkcov_on_fail:
            below = report(settings, options, reports)
            status = status or below
        end(status)
    yield


def is_traced():
    """Is this process traced by forkcov already?"""
    with open("/proc/self/status") as file:
        tracer = next(line.split()[1] for line in file if line.startswith("TracerPid:"))
    try:
        with open(f"/proc/{tracer}/comm") as file:
            return file.read() == "forkcov\n"
    except OSError:
        return False


def chosen_reports(options):
    """The reports that are asked for: pairs of a kind and what follows it."""
    texts = ",".join(options.forkcov_report) if options.forkcov_report else "term"
    reports = [text.partition(":")[::2] for text in texts.split(",") if text]
    for kind, rest in reports:
        if kind not in FILES and kind not in TABLES or kind in TABLES and rest not in ("", "skip-covered"):
            known = ", ".join([*TABLES, *FILES])
            raise pytest.UsageError(f"--forkcov-report: no such report: {kind}{rest and ':' + rest}; there are {known}")
    return reports


def directory(source):
    """The directory of a SOURCE, which may be the name of a package."""
    if os.path.isdir(source):
        return source
    top, *below = source.split(".")
    spec = importlib.util.find_spec(top) if top.isidentifier() else None
    for place in (spec and spec.submodule_search_locations) or []:
        path = os.path.join(place, *below)
        if os.path.isdir(path):
            return path
    raise pytest.UsageError(f"--forkcov: no directory or package {source}")


def run_again(settings, options):
    """Runs the command line of this process under forkcov. Gives its status, negative for a signal."""
    command = [program(), "run", *settings, "--quiet"]
    command += [f"--source={directory(source)}" for source in options.forkcov if source]
    command += ["--branches"] * options.forkcov_branch + ["--append"] * options.forkcov_append
    command += ["--test-framework=pytest"] * (options.forkcov_context == "test")
    with open("/proc/self/cmdline", "rb") as file:
        arguments = file.read().split(b"\0")[1:-1]
    child, pending = None, []

    def forward(number, _frame):
        if number in FORWARDED:
            pending.append(number) if child is None else child.send_signal(number)

    # An ignored signal stays ignored; a handler is not inherited.
    handled = [number for number in FORWARDED + OF_TERMINAL if signal.getsignal(number) is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, forward)
    sys.stdout.flush()
    sys.stderr.flush()
    child = subprocess.Popen([*command, "--", sys.executable, *arguments], close_fds=False)
    for number in pending:
        child.send_signal(number)
    return child.wait()


def report(settings, options, reports):
    """Writes the reports. Gives 1 if the coverage is below the minimum."""
    for kind, rest in reports:
        if kind in FILES:
            command, flag, destination = FILES[kind]
            forkcov(settings, command, flag, rest or destination)
    tables = [(TABLES[kind], rest) for kind, rest in reports if kind in TABLES]
    flags, output = ["--format=total"], subprocess.DEVNULL
    if tables:
        flags = sorted({flag for kind_flags, rest in tables for flag in kind_flags + ["--skip-covered"] * (rest != "")})
        output = None
        print(flush=True)
    if options.forkcov_fail_under is not None:
        flags.append(f"--fail-under={options.forkcov_fail_under}")
    return 1 if forkcov(settings, "report", *flags, output=output) else 0


def forkcov(settings, command, *arguments, output=None):
    return subprocess.run([program(), command, *settings, *arguments], stdout=output).returncode


def end(status):
    """Ends as the tests have ended: with their status, or by the same signal."""
    sys.stdout.flush()
    sys.stderr.flush()
    if status < 0:
        # The process that has died has left a core, if any.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        if -status not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)
