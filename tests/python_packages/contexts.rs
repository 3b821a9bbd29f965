//! Contexts of the tests that pytest runs in one process.

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

/// Each test of a suite in one process has run what it runs alone, also in the workers of pytest-xdist.
pub fn equal_those_of_single_runs(python: &Interpreter, environments: &Environments) -> Result<(), String> {
    let environment = environments.of(python)?;
    let place = directory().join(python.file_name()).join("contexts");
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).map_err(|why| format!("failed to make {}: {why}", place.display()))?;
    for (name, content) in
        [("functions.py", functions()), ("test_suite.py", suite()), ("one_by_one.py", ONE_BY_ONE.to_owned())]
    {
        fs::write(place.join(name), content).map_err(|why| format!("failed to write {name}: {why}"))?;
    }
    let run = |options: &[&str], arguments: &[&str]| {
        let mut command = Command::new(paths::forkcov());
        command.args(["run", "--source", "."]).args(options).arg("--").arg(environment.python());
        finish_in(command.args(arguments), &place)
    };
    let printed = run(&[], &["one_by_one.py"])?;
    let names: BTreeMap<i32, &str> = printed
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(pid, name)| (pid.parse().unwrap(), name))
        .collect();
    // A process that a test has forked is of that test.
    let expected = lines(&place, HitsBy::Process, |view, process| {
        let ancestors = std::iter::successors(Some(process), |it| view.processes[*it].parent);
        ancestors.map(|it| view.processes[it].pid).find_map(|pid| Some((*names.get(&pid)?).to_owned()))
    })?;
    if expected.len() as u32 != TESTS {
        return Err(format!("{} tests ran one by one", expected.len()));
    }
    for workers in ["0", "3"] {
        let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", workers];
        run(&["--test-framework", "pytest"], &pytest)?;
        let tests = lines(&place, HitsBy::Context, |view, context| {
            let name = view.contexts[context].strip_prefix("test_suite.py::");
            name.map(str::to_owned)
        })?;
        for (name, expected) in &expected {
            if tests.get(name) != Some(expected) {
                let ours = tests.get(name).cloned().unwrap_or_default();
                let differences: Vec<_> = ours.symmetric_difference(expected).collect();
                return Err(format!("{name} with {workers} workers: {differences:?}"));
            }
        }
        if tests.len() != expected.len() {
            return Err(format!("{} tests have contexts", tests.len()));
        }
    }
    Ok(())
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
        let is_in_function: Vec<bool> = source.lines().map(|line| line.starts_with("    ")).collect();
        for (owner, lines) in &file.hits {
            let Some(name) = name_of(&view, *owner) else { continue };
            let lines = lines.iter().filter(|line| is_in_function[*line as usize - 1]);
            let path = PathBuf::from(file.path.file_name().unwrap_or_default()).display().to_string();
            tests.entry(name).or_default().extend(lines.map(|line| (path.clone(), line)));
        }
    }
    Ok(tests)
}

fn finish_in(command: &mut Command, place: &Path) -> Result<String, String> {
    let mut own = Command::new(command.get_program());
    own.args(command.get_args()).current_dir(place).env("PYTHONDONTWRITEBYTECODE", "1");
    finish(own)
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
