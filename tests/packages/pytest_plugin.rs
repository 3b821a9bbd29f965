//! The plugin of the wheel: `pytest --forkcov`, against the bare pytest and against pytest-cov.

use crate::files;
use forkcov_testing::environment::{Environment, finish, pip};
use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::run::{Outcome, run};
use forkcov_testing::sandbox::{Sandbox, text};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

const PACKAGES: &str =
    "pytest==9.0.1 pytest-xdist==3.8.0 pytest-cov==7.0.0 pytest-forked==1.6.0 freezegun==1.5.1";

/// The Python of an environment with pytest and the wheel.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    static MAKING: Mutex<()> = Mutex::new(());
    let wheel = files::package(".whl", "packaging/wheel");
    let interpreter = needs::command("python3");
    let _making = MAKING.lock().unwrap();
    PYTHON.get_or_init(|| {
        let root = paths::scratch().join("pytest_plugin");
        let environment = Environment::make(Path::new(interpreter.get_program()), root, PACKAGES).unwrap();
        let wheel = ["install", "--no-index", "--no-deps", "--force-reinstall", wheel.to_str().unwrap()];
        pip(&environment.python(), wheel.into_iter()).unwrap();
        environment.python()
    })
}

/// A project with a package and its tests, which fork.
fn project() -> Sandbox {
    let place = Sandbox::new();
    for directory in ["shop", "tests"] {
        fs::create_dir(place.path(directory)).unwrap();
    }
    place.write("shop/__init__.py", SHOP, 0o644);
    place.write("tests/test_shop.py", TESTS, 0o644);
    // Names of tests begin at the directory of the configuration, which is else that of forkcov's own.
    place.write("pytest.ini", "[pytest]\n", 0o644);
    place
}

const SHOP: &str = "\
import os


def price(count):
    if count > 10:
        return count * 9
    return count * 10


def in_child():
    child = os.fork()
    if child == 0:
        os._exit(price(20) % 7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def unused():
    return 1
";

const TESTS: &str = "\
import os
import signal
import shop


def test_price():
    assert shop.price(2) == 20


def test_child():
    assert shop.in_child() == 180 % 7


def test_environment(capfd):
    os.system('echo from a process')
    assert capfd.readouterr().out == 'from a process\\n'
    if 'FAILS' in os.environ:
        assert shop.price(1) == 11
    if 'DIES' in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
";

fn pytest(place: &Sandbox, arguments: &[&str], variables: &[(&str, &str)], stdin: &str) -> Outcome {
    let mut command = Command::new(python());
    command.args(["-m", "pytest"]).args(arguments).current_dir(place.path(""));
    command.env_remove("FORKCOV_FILE").env("PYTHONDONTWRITEBYTECODE", "1").envs(variables.iter().copied());
    run(command, Some(stdin.into()), Duration::from_secs(120)).unwrap()
}

/// The output of pytest, without what differs from run to run.
fn output(outcome: &Outcome) -> String {
    let times = Regex::new(r"in [0-9.]+s|0x[0-9a-f]+|forkcov-[0-9.]+, |=+|\bgw\d\b|plugins: .*").unwrap();
    assert_eq!(text(&outcome.stderr), "", "{outcome:?}");
    times.replace_all(text(&outcome.stdout), "…").into_owned()
}

/// The lines of `shop/__init__.py` that a report in coverage.py's JSON has as executed.
fn executed(place: &Sandbox, report: &str, source: &str) -> BTreeSet<u64> {
    let json: Value = serde_json::from_slice(&fs::read(place.path(report)).unwrap()).unwrap();
    let lines = json["files"][source]["executed_lines"].as_array();
    lines.unwrap_or_else(|| panic!("{source}: {json}")).iter().filter_map(Value::as_u64).collect()
}

#[test]
fn its_reports_are_those_of_all_processes() {
    let place = project();
    let reports = "--forkcov-report=term-missing,html:pages,xml,json,lcov";
    let outcome =
        pytest(&place, &["--forkcov=shop", reports, "--forkcov-branch", "--forkcov-fail-under=80"], &[], "");
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let printed = text(&outcome.stdout);
    let row = printed.lines().find(|line| line.starts_with("shop/__init__.py")).unwrap();
    assert!(row.ends_with(" 18"), "all but `return 1`, the child's lines too: {printed}");
    assert!(printed.contains("BrPart"), "{printed}");
    for file in ["pages/index.html", "coverage.xml", "coverage.json", "coverage.lcov", "forkcov.data"] {
        assert!(place.path(file).is_file(), "no {file}: {outcome:?}");
    }
    assert!(executed(&place, "coverage.json", "shop/__init__.py").is_superset(&[6, 13].into()));
}

#[test]
fn pytest_prints_and_ends_as_without_it() {
    let place = project();
    place.write("pytest.ini", "[pytest]\naddopts = --forkcov=shop --forkcov-report=\n", 0o644);
    for (arguments, variables, status) in [
        (&["-v"] as &[&str], &[] as &[(&str, &str)], 0),
        (&[], &[("FAILS", "1")], 1),
        (&["-k", "none"], &[], 5),
        (&["--no-such-option"], &[], 4),
        (&["-n", "2"], &[("FAILS", "1")], 1),
        (&["--forked", "-p", "no:cacheprovider"], &[("DIES", "1")], 1),
        (&["--collect-only", "-q"], &[], 0),
        (&["-s"], &[], 0),
    ] {
        let bare = pytest(&place, &[arguments, &["--no-forkcov"]].concat(), variables, "");
        let covered = pytest(&place, arguments, variables, "");
        assert_eq!(bare.status.code(), Some(status), "{bare:?}");
        assert_eq!(covered.status.code(), Some(status), "{covered:?}");
        let compared = |outcome: &Outcome| match status {
            // Nothing was recorded, which forkcov says.
            4 => text(&outcome.stderr).lines().filter(|line| !line.starts_with("forkcov: ")).collect(),
            _ => output(outcome),
        };
        assert_eq!(compared(&covered), compared(&bare), "{arguments:?}");
    }
}

#[test]
fn pytest_dies_as_without_it() {
    let place = project();
    let outcome = pytest(&place, &["--forkcov=shop", "--forkcov-report=json"], &[("DIES", "1")], "");
    assert_eq!(outcome.status.signal(), Some(9), "{outcome:?}");
    assert!(executed(&place, "coverage.json", "shop/__init__.py").contains(&6), "nothing is lost");
}

#[test]
fn a_debugger_reads_the_terminal() {
    let place = project();
    let commands = "print(count * 111)\ncontinue\n";
    place.write(
        "tests/test_debugged.py",
        "import shop\n\n\ndef test_fails():\n    count = 4\n    assert shop.price(count) == 0\n",
        0o644,
    );
    let arguments = ["--pdb", "-q", "tests/test_debugged.py"];
    let bare = pytest(&place, &arguments, &[], commands);
    let covered =
        pytest(&place, &[&arguments[..], &["--forkcov=shop", "--forkcov-report="]].concat(), &[], commands);
    assert!(text(&covered.stdout).contains("444\n"), "{covered:?}");
    assert_eq!((covered.status, output(&covered)), (bare.status, output(&bare)));
}

#[test]
fn workers_and_tests_are_told_apart() {
    let place = project();
    let arguments = ["-n", "2", "--forkcov=shop", "--forkcov-report=json", "--forkcov-context=test"];
    let outcome = pytest(&place, &arguments, &[], "");
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let workers = executed(&place, "coverage.json", "shop/__init__.py");
    let tests = place.succeeds(&["tests", "--line", "shop/__init__.py:6"]);
    let names: Vec<&str> =
        text(&tests.stdout).split_whitespace().filter(|word| word.contains("::")).collect();
    assert_eq!(names, ["tests/test_shop.py::test_child"], "{tests:?}");
    let alone = pytest(&place, &["--forkcov=shop", "--forkcov-report=json"], &[], "");
    assert_eq!(alone.status.code(), Some(0), "{alone:?}");
    assert_eq!(workers, executed(&place, "coverage.json", "shop/__init__.py"));
}

#[test]
fn it_fails_below_the_minimum_and_refuses_what_it_does_not_know() {
    let place = project();
    for report in ["term", "json", ""] {
        let report = format!("--forkcov-report={report}");
        let outcome = pytest(&place, &["--forkcov=shop", &report, "--forkcov-fail-under=99"], &[], "");
        assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
        assert!(text(&outcome.stderr).contains("below --fail-under 99"), "{outcome:?}");
    }
    let failing = ["--forkcov=shop", "--no-forkcov-on-fail"];
    let outcome = pytest(&place, &failing, &[("FAILS", "1")], "");
    assert!(!text(&outcome.stdout).contains("TOTAL"), "{outcome:?}");
    for (arguments, word) in [
        (["--forkcov=shop", "--forkcov-report=pdf"], "no such report: pdf"),
        (["--forkcov=nowhere", "--forkcov-report=term"], "no directory or package nowhere"),
    ] {
        let outcome = pytest(&place, &arguments, &[], "");
        assert_eq!(outcome.status.code(), Some(4), "{outcome:?}");
        assert!(text(&outcome.stderr).contains(word), "{outcome:?}");
    }
}

#[test]
fn a_second_run_is_added_and_an_outer_forkcov_is_enough() {
    let place = project();
    let first = ["--forkcov=shop", "--forkcov-report=", "-k", "price"];
    assert_eq!(pytest(&place, &first, &[], "").status.code(), Some(0));
    let second = ["--forkcov=shop", "--forkcov-report=json", "--forkcov-append", "-k", "child"];
    assert_eq!(pytest(&place, &second, &[], "").status.code(), Some(0));
    assert!(executed(&place, "coverage.json", "shop/__init__.py").is_superset(&[6, 7].into()));
    let traced = ["run", "-q", "--", python().to_str().unwrap(), "-m", "pytest", "--forkcov=shop"];
    let output = place.succeeds(&traced);
    assert!(!text(&output.stdout).contains("TOTAL"), "{output:?}");
    assert!(place.executed("forkcov.data", "shop/__init__.py").contains(&6));
}

/// The lines that both tools report of a package's own suite.
fn compare(package: &str, version: &str, sources: &str) {
    let place = Sandbox::new();
    let (requirement, sdist) = (format!("{package}=={version}"), place.path("sdist"));
    let arguments =
        ["download", "--no-deps", "--no-binary", package, "--dest", sdist.to_str().unwrap(), &requirement];
    pip(python(), arguments.into_iter()).unwrap();
    let archive = sdist.read_dir().unwrap().next().unwrap().unwrap().path();
    let mut tar = Command::new("tar");
    tar.args(["--strip-components=1", "-xf"]).arg(archive).current_dir(place.path(""));
    finish(tar).unwrap();
    let root = place.path(sources).parent().unwrap().to_owned();
    let variables = [("PYTHONPATH", root.to_str().unwrap())];
    let (source, other) = (format!("--forkcov={sources}"), format!("--cov={sources}"));
    let ours = [&source, "--forkcov-report=json:ours.json", "-p", "no:cacheprovider", "tests"];
    let outcome = pytest(&place, &ours, &variables, "");
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let theirs = [&other, "--cov-report=json:theirs.json", "-p", "no:cacheprovider", "tests"];
    let outcome = pytest(&place, &theirs, &variables, "");
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let json: Value = serde_json::from_slice(&fs::read(place.path("theirs.json")).unwrap()).unwrap();
    let mut lines = 0;
    for file in json["files"].as_object().unwrap().keys() {
        let expected = executed(&place, "theirs.json", file);
        lines += expected.len();
        assert_eq!(executed(&place, "ours.json", file), expected, "{file}");
    }
    assert!(lines > 100, "{lines}");
}

#[test]
fn pytest_cov_finds_the_same_lines_in_idna() {
    compare("idna", "3.6", "idna");
}

#[test]
fn pytest_cov_finds_the_same_lines_in_itsdangerous() {
    needs::require(needs::tool("tar"));
    compare("itsdangerous", "2.2.0", "src/itsdangerous");
}
