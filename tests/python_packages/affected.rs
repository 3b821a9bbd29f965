//! What `forkcov affected` prints for pytest and unittest works in the directory in which it was printed.

use crate::environment::{Environments, directory};
use forkcov_testing::environment::finish;
use forkcov_testing::interpreter::Interpreter;
use forkcov_testing::{needs, paths};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PRICES: &str = "\
def total(prices):
    return sum(prices)


def discount(price):
    return price * 9 // 10
";

const TESTS: &str = "\
import helper
import unittest
from shop.prices import discount, total


class Prices(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), helper.three())

    def test_discount(self):
        self.assertEqual(discount(10), 9)


if __name__ == '__main__':
    unittest.main()
";

/// Tests of which some fail, as variables say.
const FAILING: &str = "\
import os
import sys
import unittest


class Some(unittest.TestCase):
    def test_first(self):
        pass

    def test_second(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotIn(os.environ.get('FAIL'), ['test', 'both'])

    def test_third(self):
        if os.environ.get('FAIL') == 'kill':
            os.kill(os.getpid(), 9)

    @unittest.expectedFailure
    def test_fails_as_expected(self):
        self.fail()

    def test_is_skipped(self):
        self.skipTest('')


class Other(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        assert os.environ.get('FAIL') not in ['class', 'both']

    def test_fourth(self):
        pass


class Others(unittest.TestCase):
    def test_fifth(self):
        pass


assert os.environ.get('FAIL') != 'import'
";

/// A project whose tests are no package, and import a module beside them.
struct Project {
    place: PathBuf,
    python: PathBuf,
}

impl Project {
    fn new(name: &str, interpreter: &Interpreter, python: &Path) -> Result<Self, String> {
        let place = directory().join(interpreter.file_name()).join(name);
        let _ = fs::remove_dir_all(&place);
        let write = |name: &str, content: &str| {
            let path = place.join(name);
            let made = path.parent().map_or(Ok(()), fs::create_dir_all);
            made.and_then(|()| fs::write(&path, content)).map_err(|why| format!("{name}: {why}"))
        };
        write("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.', 'tests/unit']\n")?;
        write("shop/__init__.py", "")?;
        write("shop/prices.py", PRICES)?;
        write("tests/unit/helper.py", "def three():\n    return 3\n")?;
        write("tests/unit/test_prices.py", TESTS)?;
        write("tests/unit/test_failing.py", FAILING)?;
        write(".gitignore", "*.data\n")?;
        let project = Self { place, python: python.to_owned() };
        for arguments in [
            &["init", "-q", "-b", "main"][..],
            &["add", "."],
            &["-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", "one"],
        ] {
            let mut git = needs::command("git");
            git.args(arguments).current_dir(&project.place);
            finish(git)?;
        }
        Ok(project)
    }

    fn command(&self, program: &Path, below: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.place.join(below)).env("PYTHONPATH", &self.place);
        command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null());
        command
    }

    /// Runs the tests under forkcov, in this directory. Some may fail.
    fn run_failing(&self, fail: &str, options: &[&str], arguments: &[&str]) -> Result<(), String> {
        let mut command = self.command(paths::forkcov(), ".");
        command.arg("run").args(options).arg("--").arg(&self.python).args(arguments);
        let output = command.env("FAIL", fail).output().map_err(|why| why.to_string())?;
        match output.status.success() == fail.is_empty() {
            true => Ok(()),
            false => Err(format!("FAIL={fail}: {output:?}")),
        }
    }

    /// What is affected by no change, as lines: what failed.
    fn failed(&self) -> Result<(String, String), String> {
        self.affected(".", "lines")
    }

    /// Runs the tests under forkcov, in this directory.
    fn run(&self, below: &str, options: &[&str], arguments: &[&str]) -> Result<(), String> {
        let mut command = self.command(paths::forkcov(), below);
        let data = self.place.join("forkcov.data");
        command.arg("run").args(options).arg("--data-file").arg(data).arg("--");
        command.arg(&self.python).args(arguments);
        finish(command).map(drop)
    }

    /// What `affected` prints in this directory: the tests, and the messages.
    fn affected(&self, below: &str, runner: &str) -> Result<(String, String), String> {
        let mut command = self.command(paths::forkcov(), below);
        command.args(["affected", "--diff-base", "main", "--for", runner, "--data-file"]);
        let output = command.arg(self.place.join("forkcov.data")).output().map_err(|why| why.to_string())?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        match output.status.success() {
            true => Ok((text(output.stdout), text(output.stderr))),
            false => Err(text(output.stderr)),
        }
    }

    /// Runs the runner with what `affected` prints in this directory, and gives its last lines.
    fn run_affected(&self, below: &str, runner: &str, expected: &str, tests: u32) -> Result<(), String> {
        let (printed, messages) = self.affected(below, runner)?;
        if printed != expected || !messages.is_empty() {
            return Err(format!("in {below}, affected --for {runner} printed {printed}{messages}"));
        }
        let mut command = self.command(&self.python, below);
        let output = command.args(["-m", runner]).args(printed.lines()).output();
        let output = output.map_err(|why| why.to_string())?;
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let ran = if runner == "pytest" { format!("{tests} passed") } else { format!("Ran {tests} test") };
        match output.status.success() && said.contains(&ran) {
            true => Ok(()),
            false => Err(format!("in {below}, {runner} {printed}: {said}")),
        }
    }

    fn change_discount(&self) -> Result<(), String> {
        let changed = PRICES.replace("* 9 // 10", "- price // 10");
        fs::write(self.place.join("shop/prices.py"), changed).map_err(|why| why.to_string())
    }
}

/// pytest's rootdir is above the directory in which it runs.
pub fn tests_of_pytest_run_where_they_are_printed(
    python: &Interpreter,
    environments: &Environments,
) -> Result<(), String> {
    let environment = environments.of(python)?;
    let project = Project::new("affected_pytest", python, &environment.python())?;
    let expected = [
        (".", "tests/unit/test_prices.py::Prices::test_discount\n"),
        ("tests", "unit/test_prices.py::Prices::test_discount\n"),
        ("shop", "../tests/unit/test_prices.py::Prices::test_discount\n"),
    ];
    for options in [&[][..], &["--source", "../shop"]] {
        fs::write(project.place.join("shop/prices.py"), PRICES).map_err(|why| why.to_string())?;
        project.run(
            "tests",
            &[&["--test-framework", "pytest"], options].concat(),
            &["-m", "pytest", "-q", "-p", "no:cacheprovider"],
        )?;
        project.change_discount()?;
        for (below, expected) in expected {
            project.run_affected(below, "pytest", expected, 1)?;
        }
    }
    // A line that ran while the module was imported: all tests.
    let source = format!("RATE = 9\n{PRICES}");
    fs::write(project.place.join("shop/prices.py"), source).map_err(|why| why.to_string())?;
    let (printed, messages) = project.affected("shop", "pytest")?;
    match (printed.as_str(), messages.contains("all tests: ")) {
        ("..\n", true) => Ok(()),
        _ => Err(format!("{printed}{messages}")),
    }
}

/// Modules of tests are imported from a directory that is not the one in which unittest runs.
pub fn tests_of_unittest_run_where_they_are_printed(python: &Interpreter) -> Result<(), String> {
    let project = Project::new("affected_unittest", python, &python.path)?;
    let discovered = |start: &str| format!("discover\n-s\n{start}\n-k\n*test_prices.Prices.test_discount\n");
    let below = [(".", "tests/unit"), ("tests", "unit"), ("shop", "../tests/unit")];
    for arguments in
        [&["-m", "unittest", "discover", "-q", "tests/unit"][..], &["tests/unit/test_prices.py", "-q"]]
    {
        fs::write(project.place.join("shop/prices.py"), PRICES).map_err(|why| why.to_string())?;
        project.run(".", &["--test-framework", "unittest"], arguments)?;
        project.change_discount()?;
        for (below, start) in below {
            project.run_affected(below, "unittest", &discovered(start), 1)?;
        }
    }
    project.run("tests/unit", &["--test-framework", "unittest"], &["-m", "unittest", "-q", "test_prices"])?;
    project.run_affected("tests/unit", "unittest", "test_prices.Prices.test_discount\n", 1)?;
    let source = format!("RATE = 9\n{PRICES}");
    fs::write(project.place.join("shop/prices.py"), source).map_err(|why| why.to_string())?;
    let (printed, messages) = project.affected(".", "unittest")?;
    match (printed.as_str(), messages.contains("all tests: ")) {
        ("discover\n-s\ntests/unit\n", true) => Ok(()),
        _ => Err(format!("{printed}{messages}")),
    }
}

/// Of several tests in a process, those are affected that failed: until they pass.
pub fn tests_that_failed_are_known(python: &Interpreter, environments: &Environments) -> Result<(), String> {
    let environment = environments.of(python)?;
    let project = Project::new("affected_failed", python, &environment.python())?;
    let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_failing.py"];
    let in_workers = [&pytest[..], &["-n", "2"]].concat();
    let unittest = ["-m", "unittest", "discover", "-q", "-s", "tests/unit", "-p", "test_failing.py"];
    for (framework, arguments, prefix, separator) in [
        ("pytest", &pytest[..], "tests/unit/test_failing.py::", "::"),
        ("pytest", &in_workers, "tests/unit/test_failing.py::", "::"),
        ("unittest", &unittest, "test_failing.", "."),
    ] {
        let name = |class: &str, test: &str| format!("{prefix}{class}{separator}{test}\n");
        let check = |fail: &str, options: &[&str], expected: &str, why: &str| {
            let options = [&["--test-framework", framework], options].concat();
            project.run_failing(fail, &options, arguments)?;
            let (printed, messages) = project.failed()?;
            match printed == expected && messages.contains(why) && messages.is_empty() == why.is_empty() {
                true => Ok(()),
                false => Err(format!("{arguments:?} with FAIL={fail}: {printed}{messages}")),
            }
        };
        check("", &[], "", "")?;
        let second = name("Some", "test_second");
        check("test", &[], &second, "")?;
        // The same tests pass later.
        check("", &["-a"], "", "")?;
        check("test", &["-a"], &second, "")?;
        if framework == "unittest" {
            project.run_failing("class", &["--test-framework", framework], arguments)?;
            let (printed, messages) = project.failed()?;
            let why = "all tests: setUpClass (test_failing.Other) failed, outside of every test";
            if !messages.contains(why) || printed.lines().count() != 6 {
                return Err(format!("{printed}{messages}"));
            }
            project.run_failing("both", &["--test-framework", framework], arguments)?;
            if !project.failed()?.1.contains(why) {
                return Err("a class whose fixture failed is hidden by a test that did".to_owned());
            }
            check("", &["-a"], "", "")?;
            project.run_failing("import", &["-a", "--test-framework", framework], arguments)?;
            let (printed, messages) = project.failed()?;
            let why = "all tests: unittest.loader._FailedTest.test_failing failed, outside of every test";
            if !messages.contains(why) || printed.lines().count() != 7 || printed.contains("_FailedTest") {
                return Err(format!("{printed}{messages}"));
            }
            check("", &["-a"], "", "")?;
        } else {
            check("class", &[], &name("Other", "test_fourth"), "")?;
        }
        // Tests are left, unless a new worker runs them.
        project.run_failing("kill", &["--test-framework", framework], arguments)?;
        let (printed, messages) = project.failed()?;
        if !printed.contains(&name("Some", "test_third")) || !messages.contains("all tests: process ") {
            return Err(format!("{arguments:?} killed: {printed}{messages}"));
        }
        let stopping = match framework {
            "pytest" => [&arguments[..2], &["-x"], &arguments[2..]].concat(),
            _ => [&arguments[..3], &["-f"], &arguments[3..]].concat(),
        };
        project.run_failing("test", &["--test-framework", framework], &stopping)?;
        let (printed, messages) = project.failed()?;
        if !printed.contains(&second) || !messages.contains("stopped at a failure, and tests may be left") {
            return Err(format!("{stopping:?}: {printed}{messages}"));
        }
    }
    Ok(())
}
