//! Runs a suite under one of the two tools, and asks it which statements ran, and which branches were taken.

use crate::suite::Suite;
use forkcov_testing::paths;
use forkcov_testing::run::{Outcome, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long a suite may take.
const LIMIT: Duration = Duration::from_secs(600);

/// The statements of a file by their first lines, and its branches.
#[derive(Debug, Default, PartialEq)]
pub struct Counted {
    /// The statements that ran.
    pub executed: BTreeSet<u32>,
    /// Those that did not.
    pub missing: BTreeSet<u32>,
    /// If they were measured.
    pub branches: Option<Branches>,
}

/// Directions of branches: a line, and the line to which it leads.
pub type Directions = BTreeSet<(i64, i64)>;

/// The branches of a file.
#[derive(Debug, Default, PartialEq)]
pub struct Branches {
    /// The directions that were taken.
    pub executed: Directions,
    /// Those that were not, and ought to be.
    pub missing: Directions,
    /// How many there are, how many lines that ran lack, and how many all lines lack.
    pub counts: [u64; 3],
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// Lines alone.
    Lines,
    /// Branches, too.
    Branches,
}

/// What a tool says of each file, and pytest's last line without the time that it took.
#[derive(Debug)]
pub struct Measured {
    /// By names relative to the top of the release.
    pub files: BTreeMap<String, Counted>,
    /// As forkcov's report has them.
    pub processes: Vec<Value>,
    /// Such as `589 passed, 21 skipped`.
    pub results: String,
}

/// What pytest says without any tool.
pub fn bare(suite: &Suite, place: &Path, python: PathBuf) -> Result<String, String> {
    run_tests(Command::new(python), suite, place, &[])
}

/// What a package has set for coverage.py in its own configuration, such as more exclusions, does not count.
const UNCONFIGURED: [(&str, &str); 2] = [("COVERAGE_RCFILE", "/dev/null"), ("FORKCOV_CONFIG", "/dev/null")];

/// What coverage.py counts, as in its JSON report. The lists of that have lines of docstrings, too.
const ANALYSIS: &str = "\
import coverage, json, os
measured = coverage.Coverage()
measured.load()
data = measured.get_data()
files = {}
for path in data.measured_files():
    analysis = measured._analyze(path)
    executed = sorted(set(analysis.statements) - set(analysis.missing))
    file = {'executed_lines': executed, 'missing_lines': sorted(analysis.missing)}
    if data.has_arcs():
        arcs = lambda of: [[line, to] for line, tos in of.items() for to in tos]
        file['executed_branches'] = arcs(analysis.executed_branch_arcs())
        file['missing_branches'] = arcs(analysis.missing_branch_arcs())
        numbers = analysis.numbers
        file['summary'] = {
            'num_branches': numbers.n_branches,
            'num_partial_branches': numbers.n_partial_branches,
            'missing_branches': numbers.n_missing_branches,
        }
    files[os.path.relpath(path)] = file
print(json.dumps({'files': files}))
";

/// Under coverage.py with this core, with branches.
pub fn by_coverage_py(suite: &Suite, place: &Path, python: PathBuf, core: &str) -> Result<Measured, String> {
    let mut tests = Command::new(&python);
    tests.args(["-m", "coverage", "run", "--branch", "--source", suite.sources]).env("COVERAGE_CORE", core);
    let results = run_tests(tests, suite, place, &UNCONFIGURED)?;
    let (files, processes) = analysed(place, &python)?;
    Ok(Measured { files, processes, results })
}

/// What coverage.py says of forkcov's data.
pub fn exported(ours: &Measured, place: &Path, python: PathBuf) -> Result<Measured, String> {
    let mut export = Command::new(paths::forkcov());
    export.arg("coverage-py").env_remove("COVERAGE_FILE").envs(UNCONFIGURED);
    succeed(export, place)?;
    let (files, processes) = analysed(place, &python)?;
    Ok(Measured { files, processes, results: ours.results.clone() })
}

fn analysed(place: &Path, python: &Path) -> Result<(Files, Vec<Value>), String> {
    let mut report = Command::new(python);
    report.args(["-c", ANALYSIS]).envs(UNCONFIGURED).current_dir(place);
    read(report, place)
}

/// Under forkcov.
pub fn by_forkcov(suite: &Suite, place: &Path, python: PathBuf, what: What) -> Result<Measured, String> {
    let forkcov = paths::forkcov();
    let mut tests = Command::new(forkcov);
    tests.args(["run", "-q", "--source", suite.sources]);
    if what == What::Branches {
        tests.arg("--branches");
    }
    tests.arg("--").arg(python);
    let results = run_tests(tests, suite, place, &UNCONFIGURED)?;
    let mut report = Command::new(forkcov);
    report.args(["json", "-o", "-"]).envs(UNCONFIGURED).current_dir(place);
    let (files, processes) = read(report, place)?;
    Ok(Measured { files, processes, results })
}

/// A plugin of pytest. A generator that is given up runs its last lines when it is collected, and both tools
/// move that moment: under coverage.py to one where it does not listen, at times.
const COLLECT_LAST: &str = "\
import gc

gc.disable()


def pytest_unconfigure():
    gc.collect()
";

/// Its name.
const COLLECTOR: &str = "collects_last";

fn run_tests(
    mut command: Command,
    suite: &Suite,
    place: &Path,
    environment: &[(&str, &str)],
) -> Result<String, String> {
    let plugin = place.join(suite.root).join(format!("{COLLECTOR}.py"));
    fs::write(&plugin, COLLECT_LAST).map_err(|why| format!("failed to write {}: {why}", plugin.display()))?;
    command
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", COLLECTOR])
        .args(suite.tests.split(' '));
    for (name, _) in std::env::vars_os() {
        if ["PYTHON", "COVERAGE_", "PYTEST_"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            command.env_remove(name);
        }
    }
    command.env("PYTHONPATH", suite.root).env("PYTHONHASHSEED", "0").env("PYTHONDONTWRITEBYTECODE", "1");
    command.envs(environment.iter().copied());
    let outcome = succeed(command, place)?;
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let last = text.lines().rfind(|line| line.contains(" passed")).unwrap_or_default();
    last.split_once(" in ")
        .map(|(results, _)| results.to_string())
        .ok_or_else(|| format!("no result of pytest: {text}"))
}

type Files = BTreeMap<String, Counted>;

fn read(report: Command, place: &Path) -> Result<(Files, Vec<Value>), String> {
    let what = format!("{report:?}");
    let outcome = succeed(report, place)?;
    let mut json: Value = serde_json::from_slice(&outcome.stdout).map_err(|why| format!("{what}: {why}"))?;
    let processes = json["processes"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let read = |(path, file): (&String, &Value)| Some((path.clone(), counted(file)?));
    let files = json["files"].as_object().map(|files| files.iter().map(read).collect::<Option<_>>());
    let files = files.flatten().ok_or_else(|| format!("{what}: not the report that was expected: {json}"))?;
    Ok((files, processes))
}

/// What a JSON report says of a file.
fn counted(file: &Value) -> Option<Counted> {
    let lines = |key: &str| -> Option<BTreeSet<u32>> {
        file[key].as_array()?.iter().map(|n| u32::try_from(n.as_u64()?).ok()).collect()
    };
    let directions = |key: &str| -> Option<Directions> {
        file[key].as_array()?.iter().map(|way| Some((way[0].as_i64()?, way[1].as_i64()?))).collect()
    };
    let count = |key: &str| file["summary"][key].as_u64();
    let branches = match directions("executed_branches") {
        Some(executed) => Some(Branches {
            executed,
            missing: directions("missing_branches")?,
            counts: [count("num_branches")?, count("num_partial_branches")?, count("missing_branches")?],
        }),
        None => None,
    };
    Some(Counted { executed: lines("executed_lines")?, missing: lines("missing_lines")?, branches })
}

fn succeed(mut command: Command, place: &Path) -> Result<Outcome, String> {
    command.current_dir(place);
    let what = format!("{command:?}");
    let outcome = run(command, None, LIMIT)?;
    if outcome.status.success() {
        return Ok(outcome);
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{what}: {}\n{}{}", outcome.status, text(&outcome.stdout), text(&outcome.stderr)))
}
