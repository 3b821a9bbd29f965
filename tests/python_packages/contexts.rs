//! Contexts of the tests that pytest and unittest run in one process.

use crate::environment::{Environments, directory};
use forkcov::data::view::{Filter, HitsBy, View};
use forkcov_testing::environment::finish;
use forkcov_testing::interpreter::Interpreter;
use forkcov_testing::paths;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many tests there are.
const TESTS: u32 = 500;
/// How many functions they call.
const FUNCTIONS: u32 = 40;

/// How many tests of unittest there are.
const UNITTESTS: u32 = 200;

/// The lines in functions that each test ran, by its name without the file.
type LinesOfTests = BTreeMap<String, BTreeSet<(String, u32)>>;

/// Calls each test in a process of its own, whose argument names it.
const ONE_BY_ONE: &str = "\
import os
import sys
import test_suite

for name in [name for name in dir(test_suite) if name.startswith('test_')]:
    pid = os.fork()
    if not pid:
        getattr(test_suite, name)()
        os._exit(0)
    os.waitpid(pid, 0)
    print(pid, name)
";

/// Runs each test of unittest in a process of its own.
const UNITTESTS_ONE_BY_ONE: &str = "\
import os
import unittest
import test_unit

def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test.id()

for name in list(tests_of(unittest.defaultTestLoader.loadTestsFromModule(test_unit))):
    pid = os.fork()
    if not pid:
        unittest.main(module=None, argv=['', '-q', name], exit=False)
        os._exit(0)
    os.waitpid(pid, 0)
    print(pid, name)
";

/// Each test of a suite in one process has run what it runs alone, also in the workers of pytest-xdist.
pub fn equal_those_of_single_runs(python: &Interpreter, environments: &Environments) -> Result<(), String> {
    let environment = environments.of(python)?;
    let suite = Suite::new(
        "contexts",
        python,
        &environment.python(),
        &[("test_suite.py", suite()), ("one_by_one.py", ONE_BY_ONE.to_owned())],
    )?;
    let expected = suite.one_by_one(TESTS)?;
    for workers in ["0", "3"] {
        // Names are relative to the root, which is otherwise that of the project around it.
        let pytest = ["-m", "pytest", "-q", "--rootdir", ".", "-p", "no:cacheprovider", "-n", workers];
        suite.run(&["--test-framework", "pytest"], &pytest)?;
        suite.compare("test_suite.py::", &expected).map_err(|why| format!("{why}, {workers} workers"))?;
    }
    Ok(())
}

/// Each test of unittest in one process has run what it runs alone, fixtures and what asyncio runs at the end
/// included.
pub fn of_unittest_equal_those_of_single_runs(python: &Interpreter) -> Result<(), String> {
    let suite = Suite::new(
        "unittest",
        python,
        &python.path,
        &[("test_unit.py", unittests()), ("one_by_one.py", UNITTESTS_ONE_BY_ONE.to_owned())],
    )?;
    let expected = suite.one_by_one(UNITTESTS)?;
    for options in [&[][..], &["--branches"]] {
        let run = [&["--test-framework", "unittest"], options].concat();
        suite.run(&run, &["-m", "unittest", "-q", "test_unit"])?;
        suite.compare("", &expected).map_err(|why| format!("{why} {options:?}"))?;
    }
    Ok(())
}

/// A directory with a suite of tests.
struct Suite {
    place: PathBuf,
    python: PathBuf,
}

impl Suite {
    fn new(
        name: &str,
        interpreter: &Interpreter,
        python: &Path,
        files: &[(&str, String)],
    ) -> Result<Self, String> {
        let place = directory().join(interpreter.file_name()).join(name);
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).map_err(|why| format!("failed to make {}: {why}", place.display()))?;
        for (name, content) in files.iter().chain(&[("functions.py", functions())]) {
            fs::write(place.join(name), content).map_err(|why| format!("failed to write {name}: {why}"))?;
        }
        Ok(Self { place, python: python.to_owned() })
    }

    /// Runs the interpreter under forkcov, and gives what it prints.
    fn run(&self, options: &[&str], arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(paths::forkcov());
        command.args(["run", "--source", "."]).args(options).arg("--").arg(&self.python).args(arguments);
        command.current_dir(&self.place).env("PYTHONDONTWRITEBYTECODE", "1");
        finish(command)
    }

    /// What each of so many tests runs alone.
    fn one_by_one(&self, tests: u32) -> Result<LinesOfTests, String> {
        let printed = self.run(&[], &["one_by_one.py"])?;
        let names: BTreeMap<i32, &str> = printed
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(pid, name)| (pid.parse().unwrap(), name))
            .collect();
        // A process that a test has created is of that test.
        let expected = lines(&self.place, HitsBy::Process, |view, process| {
            let ancestors = std::iter::successors(Some(process), |it| view.processes[*it].parent);
            ancestors.map(|it| view.processes[it].pid).find_map(|pid| Some((*names.get(&pid)?).to_owned()))
        })?;
        match expected.len() as u32 == tests {
            true => Ok(expected),
            false => Err(format!("{} tests ran one by one", expected.len())),
        }
    }

    /// Compares what the contexts ran, whose names begin so.
    fn compare(&self, prefix: &str, expected: &LinesOfTests) -> Result<(), String> {
        let tests = lines(&self.place, HitsBy::Context, |view, context| {
            view.contexts[context].strip_prefix(prefix).map(str::to_owned)
        })?;
        for (name, expected) in expected {
            if tests.get(name) != Some(expected) {
                let ours = tests.get(name).cloned().unwrap_or_default();
                let differences: Vec<_> = ours.symmetric_difference(expected).collect();
                return Err(format!("{name}: {differences:?}"));
            }
        }
        match tests.len() == expected.len() {
            true => Ok(()),
            false => Err(format!("{} tests have contexts", tests.len())),
        }
    }
}

/// The lines in functions of each name that `name_of` gives.
fn lines(
    place: &Path,
    by: HitsBy,
    name_of: impl Fn(&View, usize) -> Option<String>,
) -> Result<LinesOfTests, String> {
    let view = View::load(&place.join("forkcov.data"), &Filter { by, ..Filter::default() });
    let view = view.map_err(|why| why.to_string())?;
    let mut tests = LinesOfTests::new();
    for file in view.files.iter().filter(|file| !file.path.ends_with("one_by_one.py")) {
        let source = fs::read_to_string(&file.path).map_err(|why| why.to_string())?;
        // Functions of classes are in classes.
        let indent = if file.path.ends_with("test_unit.py") { "        " } else { "    " };
        let is_in_function: Vec<bool> = source.lines().map(|line| line.starts_with(indent)).collect();
        for (owner, lines) in &file.hits {
            let Some(name) = name_of(&view, *owner) else { continue };
            let lines = lines.iter().filter(|line| is_in_function[*line as usize - 1]);
            let path = PathBuf::from(file.path.file_name().unwrap_or_default()).display().to_string();
            tests.entry(name).or_default().extend(lines.map(|line| (path.clone(), line)));
        }
    }
    Ok(tests)
}

/// Numbers without a pattern.
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % limit
    }
}

/// Functions that call each other, with branches, loops, generators and comprehensions.
fn functions() -> String {
    let mut numbers = Numbers(1);
    let mut source = String::new();
    for function in 0..FUNCTIONS {
        writeln!(source, "def f{function}(n):").unwrap();
        for bit in 0..4 {
            writeln!(source, "    if n & {}:", 1 << bit).unwrap();
            match function {
                1.. if numbers.below(5) < 3 => {
                    writeln!(source, "        n += f{}(n >> 1)", numbers.below(function)).unwrap();
                }
                _ => writeln!(source, "        n += sum(k\n                 for k in range({bit}))").unwrap(),
            }
        }
        if function % 7 == 0 {
            source += "    for k in range(n & 7):\n        n ^= k\n";
        }
        source += "    return n\n\n\n";
    }
    source
}

/// Tests, of which some fork or make threads.
fn suite() -> String {
    let mut numbers = Numbers(2);
    let mut source = "import os\nimport threading\nfrom functions import *\n\n\n".to_owned();
    for test in 0..TESTS {
        writeln!(source, "def test_{test}():").unwrap();
        let kind = numbers.below(10);
        let mut call = || (numbers.below(FUNCTIONS), numbers.below(256));
        let ((f, n), (g, m)) = (call(), call());
        source += &match kind {
            0 => format!(
                "    pid = os.fork()\n    if not pid:\n        f{f}({n})\n        os._exit(0)\n    os.waitpid(pid, 0)\n"
            ),
            1 => format!(
                "    thread = threading.Thread(target=f{f}, args=({n},))\n    thread.start()\n    f{g}({m})\n    thread.join()\n"
            ),
            _ => format!("    f{f}({n})\n    f{g}({m})\n"),
        };
        source += "\n\n";
    }
    source
}

/// Tests of unittest with fixtures: some fork, start other interpreters, make threads, or are asynchronous.
fn unittests() -> String {
    let mut numbers = Numbers(3);
    let mut source = "\
import asyncio
import os
import subprocess
import sys
import threading
import unittest
from functions import *


class Fixtures:
    def setUp(self):
        f1(len(self.id()) & 7)

    def tearDown(self):
        f2(len(self.id()) & 3)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        await asyncio.sleep(0)
        f3(len(self.id()) & 3)

    async def at_end(self, n):
        try:
            await asyncio.sleep(1000)
        finally:
            f4(n)


"
    .to_owned();
    for test in 0..UNITTESTS {
        let kind = numbers.below(20);
        let mut call = || format!("f{}({})", numbers.below(FUNCTIONS), numbers.below(256));
        let (one, other) = (call(), call());
        if test % 20 == 0 {
            writeln!(source, "class Late{test}(Asynchronous):").unwrap();
            writeln!(source, "    async def test_{test}(self):\n        {one}").unwrap();
            writeln!(source, "        self.task = asyncio.create_task(self.at_end({kind}))").unwrap();
            writeln!(source, "        await asyncio.sleep(0)\n\n").unwrap();
            writeln!(source, "class Tests{test}(Fixtures, unittest.TestCase):").unwrap();
            continue;
        }
        if kind == 6 {
            source += "    @unittest.expectedFailure\n";
        }
        writeln!(source, "    def test_{test}(self):").unwrap();
        let body = match kind {
            0 | 1 => format!("pid = os.fork()\nif not pid:\n    {one}\n    os._exit(0)\nos.waitpid(pid, 0)"),
            2 => format!("subprocess.run([sys.executable, '-c', 'from functions import *; {one}'])"),
            3 => format!(
                "thread = threading.Thread(target=lambda: {one})\nthread.start()\n{other}\nthread.join()"
            ),
            4 => format!("for n in range(3):\n    with self.subTest(n=n):\n        f{}(n)", test % FUNCTIONS),
            5 => format!("self.addCleanup(f5, {kind})\nself.skipTest('no')\n{one}"),
            6 => format!("{one}\nself.fail()"),
            _ => format!("{one}\n{other}"),
        };
        body.lines().for_each(|line| writeln!(source, "        {line}").unwrap());
        source += "\n";
    }
    source
}
