//! The test suites of real packages.
//!
//! Those that run in one process, under coverage.py and under forkcov, with branches and without: in every file
//! of the package the statements and branches, those that ran or were taken and those that were not are the
//! same, also when coverage.py reports forkcov's data. And one that forks workers and kills them, bare and
//! under forkcov. And suites of our own, whose tests have contexts, and are affected by a change.
//!
//! The packages come from PyPI as their authors release them, and so does coverage.py; they are kept under
//! `target`. Each interpreter gets its share of them: `cargo test --test python_packages --
//! --include-ignored` runs all with each.

mod affected;
mod contexts;
mod differences;
mod environment;
mod measure;
mod suite;
mod workers;

use differences::Compared;
use environment::Environments;
use forkcov::runtime::python::versions::{NEWEST, OLDEST};
use forkcov_testing::interpreter::{self, Interpreter};
use forkcov_testing::needs::Lack;
use forkcov_testing::{harness, repeated};
use libtest_mimic::{Arguments, Trial};
use measure::What;
use std::process::ExitCode;
use std::sync::Arc;
use suite::{SUITES, Suite};

/// The versions of CPython, by their minor numbers, that the releases of the packages are for.
const WANTED: std::ops::RangeInclusive<u32> = OLDEST.1 as u32..=NEWEST.1 as u32;

/// A test of suites of our own.
type Check = fn(&Interpreter, &Environments) -> Result<(), String>;

/// Those tests by their names.
const CHECKS: [(&str, Check); 5] = [
    ("contexts", contexts::equal_those_of_single_runs),
    ("unittest", |python, _| contexts::of_unittest_equal_those_of_single_runs(python)),
    ("affected_pytest", affected::tests_of_pytest_run_where_they_are_printed),
    ("affected_unittest", |python, _| affected::tests_of_unittest_run_where_they_are_printed(python)),
    ("affected_failed", affected::tests_that_failed_are_known),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let mut found = interpreter::found(WANTED);
    found.retain(|interpreter| interpreter.environments);
    let environments = Arc::new(Environments::default());
    let mut trials: Vec<Trial> = WANTED
        .filter(|minor| found.iter().all(|interpreter| interpreter.minor != *minor))
        .map(|minor| {
            let reason = format!("no Python 3.{minor} with pip and venv is installed");
            repeated::lacking(format!("every_package@3.{minor}"), Lack::python(minor, reason))
        })
        .collect();
    for (turn, interpreter) in found.iter().enumerate() {
        trials.extend(SUITES.iter().enumerate().map(|(number, suite)| {
            let (python, environments) = (interpreter.clone(), Arc::clone(&environments));
            let name = format!("{}@{}", suite.package, python.name);
            let trial = harness::trial(name, move || agrees(suite, &python, &environments));
            in_turn(trial, number % found.len() == turn || turn % SUITES.len() == number)
        }));
        for (name, check) in CHECKS {
            let (python, environments) = (interpreter.clone(), Arc::clone(&environments));
            let run = move || check(&python, &environments);
            trials.push(harness::trial(format!("{name}@{}", interpreter.name), run));
        }
        let (python, environments) = (interpreter.clone(), Arc::clone(&environments));
        let name = format!("workers@{}", python.name);
        let pass_alike = move || workers::pass_alike(&python, &environments);
        trials.push(in_turn(harness::trial(name, pass_alike), turn + 1 == found.len()));
    }
    harness::run(&arguments, trials)
}

fn in_turn(trial: Trial, is_its_turn: bool) -> Trial {
    if is_its_turn { trial } else { harness::on_request("another interpreter's turn", trial) }
}

fn agrees(suite: &'static Suite, python: &Interpreter, environments: &Environments) -> Result<(), String> {
    let environment = environments.of(python)?;
    let place = suite::unpack(suite, python, environment.python())?;
    let bare = measure::bare(suite, &place, environment.python())?;
    let theirs = measure::by_coverage_py(suite, &place, environment.python(), python.coverage_core())?;
    if bare != theirs.results {
        return Err(format!("the tests: bare {bare}, under coverage.py {}", theirs.results));
    }
    // The coverage.py that is left for 3.9 knows less of which branches are possible.
    let compared = if python.minor > 9 { Compared::All } else { Compared::Common };
    for what in [What::Lines, What::Branches] {
        let ours = measure::by_forkcov(suite, &place, environment.python(), what)?;
        if bare != ours.results {
            return Err(format!("the tests: bare {bare}, under forkcov {}", ours.results));
        }
        let exported = measure::exported(&ours, &place, environment.python())?;
        let differences = differences::between(&exported, &ours, compared)?;
        if !differences.is_empty() {
            return Err(format!(
                "{what:?}, as coverage.py reads what forkcov coverage-py wrote:\n{differences}"
            ));
        }
        let differences = differences::between(&theirs, &ours, compared)?;
        if !differences.is_empty() {
            return Err(format!("{what:?}: {differences}"));
        }
    }
    Ok(())
}
