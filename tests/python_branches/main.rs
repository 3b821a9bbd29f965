//! The branches that Python programs take, compared with coverage.py in the same interpreter, and, where that
//! cannot tell processes apart, with what the programs say of themselves.
//!
//! A program in `programs/` may begin with `# python: 3.10+`. coverage.py measures by its C tracer, which sees each
//! line that follows another: its default since 3.14 loses `raise` statements that share a line with their test.

use forkcov::runtime::python::versions::{NEWEST, OLDEST};
use forkcov_testing::environment::{Environment, latest_coverage_py};
use forkcov_testing::interpreter::{self, Interpreter};
use forkcov_testing::needs::Lack;
use forkcov_testing::run::run;
use forkcov_testing::{harness, paths, repeated};
use libtest_mimic::{Arguments, Trial};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, io};

/// The versions of CPython 3 that forkcov knows.
const WANTED: RangeInclusive<u32> = OLDEST.1 as u32..=NEWEST.1 as u32;

const LIMIT: Duration = Duration::from_secs(120);

/// What a process has of the branches of a file: a line, and where it leads to.
type Ways = BTreeSet<(i64, i64)>;

fn main() -> ExitCode {
    let mut found = interpreter::found(WANTED);
    found.retain(|interpreter| interpreter.environments);
    let programs = programs().expect("the programs can be read");
    let mut trials: Vec<Trial> = WANTED
        .filter(|minor| found.iter().all(|interpreter| interpreter.minor != *minor))
        .map(|minor| {
            let reason = format!("no Python 3.{minor} with pip and venv is installed");
            repeated::lacking(format!("every_program@3.{minor}"), Lack::python(minor, reason))
        })
        .collect();
    for python in found {
        let python = Arc::new(python);
        for program in programs.iter().filter(|program| program.is_for(python.minor)) {
            let name = format!("{}@{}", program.name(), python.name);
            let (program, python) = (program.clone(), Arc::clone(&python));
            trials.push(harness::trial(&name, move || program.agrees(&python)));
        }
    }
    harness::run(&Arguments::from_args(), trials)
}

fn programs() -> io::Result<Vec<Program>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python_branches/programs");
    let mut programs = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        programs.push(Program { source: fs::read_to_string(&path)?, path });
    }
    programs.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(programs)
}

#[derive(Debug, Clone)]
struct Program {
    path: PathBuf,
    source: String,
}

impl Program {
    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn is_for(&self, minor: u32) -> bool {
        let first = self.source.lines().next().unwrap_or_default();
        let least = first.strip_prefix("# python: 3.").and_then(|rest| rest.strip_suffix('+'));
        least.is_none_or(|least| least.parse::<u32>().expect("python: 3.N+") <= minor)
    }

    fn agrees(&self, python: &Interpreter) -> Result<(), String> {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let directory = directory.path();
        let program = self.name();
        fs::copy(&self.path, directory.join(&program)).map_err(|error| error.to_string())?;
        let mut ours = Command::new(paths::forkcov());
        ours.args(["run", "-q", "--branches", "--"]).arg(&python.path).arg(&program);
        succeed(ours, directory)?;
        if self.source.contains("# parent:") {
            return self.goes_as_it_says(directory);
        }
        let environment = environment(python)?;
        let coverage = |arguments: &[&str]| {
            let mut command = Command::new(environment.python());
            command.args(["-m", "coverage"]).args(arguments);
            command.env("COVERAGE_CORE", python.coverage_core()).env("COVERAGE_RCFILE", "/dev/null");
            succeed(command, directory)
        };
        coverage(&["run", "--branch", &program])?;
        let parsed = |json: String| -> Result<Value, String> {
            serde_json::from_str(&json).map_err(|error| format!("{error}: {json}"))
        };
        let (all_theirs, all_ours) =
            (parsed(coverage(&["json", "-q", "-o", "-"])?)?, parsed(forkcov_json(directory)?)?);
        let (theirs, ours) = (report(&all_theirs, &program)?, report(&all_ours, &program)?);
        let mut differences = Vec::new();
        let statements = ["executed_lines", "missing_lines"];
        for key in statements.iter().filter(|_| python.minor > 12) {
            // The lists of older releases of coverage.py have lines of docstrings.
            if theirs[*key] != ours[*key] {
                differences.push(format!("{key}: {}, not {}", ours[*key], theirs[*key]));
            }
        }
        let all = |report: &Value| -> Result<Ways, String> {
            Ok(&ways(report, "executed_branches")? | &ways(report, "missing_branches")?)
        };
        let (their_all, our_all) = (all(&theirs)?, all(&ours)?);
        // The coverage.py that is left for 3.9 knows less of what is possible: only what it knows is compared.
        let is_compared = |way: &(i64, i64)| python.minor > 9 || their_all.contains(way);
        for key in ["executed_branches", "missing_branches"] {
            let theirs: Ways = ways(&theirs, key)?
                .into_iter()
                .filter(|way| our_all.contains(way) || python.minor > 9)
                .collect();
            let ours: Ways = ways(&ours, key)?.into_iter().filter(is_compared).collect();
            if theirs != ours {
                let (lacking, extra) = (&theirs - &ours, &ours - &theirs);
                differences.push(format!("{key}: lacking {lacking:?}, extra {extra:?}"));
            }
        }
        let counts = ["num_branches", "num_partial_branches", "covered_branches", "missing_branches"];
        for key in counts.iter().filter(|_| python.minor > 9) {
            let (theirs, ours) = (&theirs["summary"][*key], &ours["summary"][*key]);
            if theirs != ours {
                differences.push(format!("{key}: {ours}, not {theirs}"));
            }
        }
        // Older interpreters have lines of docstrings in the lists of coverage.py, and other releases of it.
        if python.minor > 12 {
            for part in ["files", "totals"] {
                lacks(part, &all_theirs[part], &all_ours[part], &mut differences);
            }
            lacks("format", &all_theirs["meta"]["format"], &all_ours["meta"]["format"], &mut differences);
        }
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
    }

    /// Each process takes the ways that the comments say.
    fn goes_as_it_says(&self, directory: &Path) -> Result<(), String> {
        let all = forkcov_json(directory)?;
        let all: Value = serde_json::from_str(&all).map_err(|error| format!("{error}: {all}"))?;
        let processes = all["processes"].as_array().ok_or("no processes")?;
        if processes.len() != 2 {
            return Err(format!("{} processes", processes.len()));
        }
        for process in processes {
            let role = if process["parent"].is_null() { "parent" } else { "child" };
            let way = |way: &Value| Some((way[0].as_i64()?, way[2].as_i64()?));
            let taken = process["branches"][self.name()].as_array();
            let taken: Option<Ways> = taken.and_then(|taken| taken.iter().map(way).collect());
            let taken = taken.ok_or_else(|| format!("no branches of the {role}: {process}"))?;
            let expected = self.expected(role);
            if taken != expected {
                let (lacking, extra) = (&expected - &taken, &taken - &expected);
                return Err(format!("the {role}: lacking {lacking:?}, extra {extra:?}"));
            }
        }
        Ok(())
    }

    fn expected(&self, role: &str) -> Ways {
        let mut ways = Ways::new();
        for (line, text) in (1..).zip(self.source.lines()) {
            let Some((_, comment)) = text.split_once("  # ") else { continue };
            let of_role = comment.split("; ").find_map(|part| part.strip_prefix(role)?.strip_prefix(": "));
            let lines = of_role.unwrap_or_default().split_whitespace();
            ways.extend(lines.map(|to| (line, to.parse::<i64>().expect("a line"))));
        }
        ways
    }
}

/// The interpreter with coverage.py. Each is made once, and kept for the next run.
fn environment(python: &Interpreter) -> Result<Environment, String> {
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().map_err(|_| "failed before")?;
    let root = paths::scratch().join("python_branches").join(python.file_name());
    Environment::make(&python.path, root, &format!("coverage=={}", latest_coverage_py(python.minor)))
}

fn forkcov_json(directory: &Path) -> Result<String, String> {
    let mut json = Command::new(paths::forkcov());
    json.args(["json", "--precision", "0", "-o", "-"]);
    succeed(json, directory)
}

/// What a JSON report says of a file.
fn report(report: &Value, program: &str) -> Result<Value, String> {
    match &report["files"][program] {
        Value::Null => Err(format!("nothing of {program}: {report}")),
        file => Ok(file.clone()),
    }
}

/// Adds where `ours` does not have what `theirs` has, and where it has keys that neither they have nor
/// forkcov adds.
fn lacks(path: &str, theirs: &Value, ours: &Value, differences: &mut Vec<String>) {
    let (Some(their_keys), Some(our_keys)) = (theirs.as_object(), ours.as_object()) else {
        if theirs != ours {
            differences.push(format!("{path}: {ours}, not {theirs}"));
        }
        return;
    };
    for (key, value) in their_keys {
        lacks(&format!("{path}/{key}"), value, &ours[key], differences);
    }
    let is_extra =
        |key: &&String| !their_keys.contains_key(*key) && !["branches", "processes"].contains(&key.as_str());
    differences.extend(our_keys.keys().filter(is_extra).map(|key| format!("{path}/{key}: extra")));
}

fn ways(report: &Value, key: &str) -> Result<Ways, String> {
    let way = |way: &Value| Some((way[0].as_i64()?, way[1].as_i64()?));
    let ways = report[key].as_array().and_then(|ways| ways.iter().map(way).collect());
    ways.ok_or_else(|| format!("no {key}: {report}"))
}

/// The output of a command that must succeed.
fn succeed(mut command: Command, directory: &Path) -> Result<String, String> {
    command.current_dir(directory).env_remove("PWD");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    let what = format!("{command:?}");
    let outcome = run(command, None, LIMIT)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match outcome.status.success() {
        true => Ok(text(&outcome.stdout)),
        false => Err(format!("{what}: {}\n{}", outcome.status, text(&outcome.stderr))),
    }
}
