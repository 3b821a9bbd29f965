//! Runs a test program under the built forkcov, and reads the JSON report.

use crate::marks::{Lines, Recorded};
use crate::program::Program;
use crate::run::{Outcome, run};
use serde_json::Value;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long a test program may take; long enough for thousands of processes on a machine that is busy otherwise.
const LIMIT: Duration = Duration::from_secs(300);

/// What the report says.
#[derive(Debug)]
pub struct Report {
    /// The `processes` list.
    pub processes: Vec<Value>,
    /// Executable lines, and what each process hit.
    pub recorded: Recorded,
}

/// Runs a program that was built in `directory` under forkcov, with the data file there too.
pub fn run_traced(program: &Program, directory: &Path) -> Result<Outcome, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forkcov"));
    command.args(["run", "-q", "--data-file", "forkcov.data", "--", &program.executable()]);
    start(command, program, directory)
}

/// Runs a program by `command`, which lacks its arguments. Every run logs roles to the same file, so that their
/// environments are equal. What a Rust program says of a panic does not depend on who tests.
pub fn start(mut command: Command, program: &Program, directory: &Path) -> Result<Outcome, String> {
    let roles = directory.join("roles");
    if roles.exists() {
        fs::remove_file(&roles).map_err(|why| format!("failed to remove {}: {why}", roles.display()))?;
    }
    command.args(program.args()).env("ROLES", roles).env("RUST_BACKTRACE", "0").current_dir(directory);
    run(command, program.stdin(), LIMIT)
}

/// The JSON report of the run in `directory`.
pub fn report(directory: &Path) -> Result<Report, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forkcov"));
    command.args(["json", "--data-file", "forkcov.data", "-o", "-"]).current_dir(directory);
    let outcome = run(command, None, LIMIT)?;
    let text = String::from_utf8_lossy(&outcome.stdout);
    if !outcome.status.success() {
        return Err(format!(
            "forkcov json: {}\n{}",
            outcome.status,
            String::from_utf8_lossy(&outcome.stderr)
        ));
    }
    let json: Value = serde_json::from_str(&text).map_err(|why| format!("forkcov json: {why}: {text}"))?;
    parse(&json, directory).ok_or_else(|| format!("forkcov json lacks something: {text}"))
}

fn parse(json: &Value, directory: &Path) -> Option<Report> {
    let mut recorded = Recorded::default();
    for (path, file) in json["files"].as_object()? {
        let lines = recorded.executable.entry(absolute(path, directory)).or_default();
        for key in ["executed_lines", "missing_lines"] {
            lines.extend(numbers(&file[key])?);
        }
    }
    let processes = json["processes"].as_array()?.clone();
    for process in &processes {
        let pid = i32::try_from(process["pid"].as_i64()?).ok()?;
        let hits: &mut Lines = recorded.hits.entry(pid).or_default();
        for (path, lines) in process["files"].as_object()? {
            hits.entry(absolute(path, directory)).or_default().extend(numbers(lines)?);
        }
    }
    Some(Report { processes, recorded })
}

fn numbers(list: &Value) -> Option<Vec<u32>> {
    list.as_array()?.iter().map(|n| u32::try_from(n.as_u64()?).ok()).collect()
}

/// A report may shorten paths under the directory it is made in.
fn absolute(path: &str, directory: &Path) -> PathBuf {
    let mut absolute = PathBuf::new();
    for part in directory.join(path).components() {
        match part {
            Component::ParentDir => drop(absolute.pop()),
            part => absolute.push(part),
        }
    }
    absolute
}
