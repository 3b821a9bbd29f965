//! The JSON report of a run.

use crate::paths;
use crate::run::run;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long making a report may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Lines of several files.
pub type Lines = BTreeMap<PathBuf, BTreeSet<u32>>;

/// What was recorded of a run.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The lines that each process hit; those of several with one PID together.
    pub hits: BTreeMap<i32, Lines>,
    /// The executable lines.
    pub executable: Lines,
}

/// What the report says.
#[derive(Debug)]
pub struct Report {
    /// The `processes` list.
    pub processes: Vec<Value>,
    /// Executable lines, and what each process hit.
    pub recorded: Recorded,
}

/// The JSON report of the run in `directory`.
pub fn read(directory: &Path) -> Result<Report, String> {
    let mut command = Command::new(paths::forkcov());
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
