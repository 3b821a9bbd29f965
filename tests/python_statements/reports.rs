//! One program from its run to the reports.

use forkcov_testing::paths;
use libtest_mimic::Failed;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Statements of several lines, of which some run; docstrings; and what is excluded.
const PROGRAM: &str = r#""""A
module."""
import sys

if TYPE_CHECKING := False:
    x = (1 +
         2)

def decorator(
        *arguments):
    '''A docstring.'''
    return lambda function: function

@decorator(
    1,
)
# A comment.
@decorator()
def ran(x,
        y=1):
    global z
    z = [
        a
        for a in (x, y)
    ]
    while True:
        break
    else:
        never()
    match x:
        case 1:
            return (
                2)
        case _:
            pass
    return 3
    never()

class Class(
        object):
    attribute: int

    def missed(self):
        raise NotImplementedError(
            "missed")

    def excluded(self):  # pragma: no cover

        return 1

    def placeholder(self): ...

if __name__ == "__main__":
    print(
        ran(1))
elif x:  # pragma: no cover
    never()
else:
    never(
    )
"#;

/// What a JSON report of both programs has of a file, and of each function and class in it.
const COMPARED: &[&str] = &["executed_lines", "missing_lines", "excluded_lines", "contexts", "summary"];

/// forkcov and coverage.py report the same of a program in which coverage.py loses nothing.
pub fn agree(python: &Path, interpreter: &Path) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let program = directory.path().join("program.py");
    fs::write(&program, PROGRAM)?;
    let data_file = directory.path().join("coverage");
    let arguments = ["-m", "coverage", "run", "--data-file"];
    succeed(Command::new(python).args(arguments).arg(&data_file).arg(&program))?;
    let arguments = ["-m", "coverage", "json", "--show-contexts", "-q", "-o", "-", "--data-file"];
    let theirs = succeed(Command::new(python).args(arguments).arg(&data_file).current_dir(&directory))?;
    forkcov(directory.path(), &["run", "-q", "--", &interpreter.to_string_lossy(), "program.py"])?;
    let ours = forkcov(directory.path(), &["json", "--show-contexts", "-o", "-"])?;

    let (theirs, ours) = (regions(&theirs)?, regions(&ours)?);
    if !theirs.keys().eq(ours.keys()) {
        return Err(format!("coverage.py has {:?}, forkcov {:?}", theirs.keys(), ours.keys()).into());
    }
    for ((name, theirs), ours) in theirs.iter().zip(ours.values()) {
        for ((field, theirs), ours) in COMPARED.iter().zip(theirs).zip(ours) {
            if theirs.is_null() || theirs != ours {
                return Err(format!("{field} of {name:?}: coverage.py has {theirs}, forkcov {ours}").into());
            }
        }
    }
    Ok(())
}

/// The fields that are compared of the file, and of each function and class.
fn regions(report: &Output) -> Result<BTreeMap<String, Vec<Value>>, Failed> {
    let report: Value = serde_json::from_slice(&report.stdout)?;
    let file = &report["files"]["program.py"];
    let fields = |region: &Value| -> Vec<Value> {
        let field = |name: &&str| {
            let mut value = region[*name].clone();
            if let Some(summary) = value.as_object_mut().filter(|_| *name == "summary") {
                summary.retain(|name, _| name.ends_with("_lines") || name == "num_statements");
            }
            value
        };
        COMPARED.iter().map(field).collect()
    };
    let mut regions = BTreeMap::from([("the file".to_owned(), fields(file))]);
    for kind in ["functions", "classes"] {
        let parts = file[kind].as_object().ok_or_else(|| format!("no {kind}: {file}"))?;
        regions.extend(parts.iter().map(|(name, part)| (format!("{kind} {name}"), fields(part))));
    }
    Ok(regions)
}

/// The lines stay what the interpreter had, and that is said.
pub fn without_source(interpreter: &Path) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let program = directory.path().canonicalize()?.join("program.py");
    fs::write(&program, "x = (1 +\n     int())\nfor y in (): # pragma: no cover\n    z\n")?;
    forkcov(directory.path(), &["run", "-q", "--", &interpreter.to_string_lossy(), "program.py"])?;
    let statements = forkcov(directory.path(), &["report", "-m"])?;
    fs::remove_file(&program)?;
    let lines = forkcov(directory.path(), &["report", "-m"])?;
    let row = |output: &Output| {
        let table = String::from_utf8_lossy(&output.stdout).into_owned();
        table.lines().nth(2).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = "program.py 1 0 100.0%";
    if row(&statements) != expected || !said(&statements).is_empty() {
        return Err(format!("{} and {:?}, not {expected}", row(&statements), said(&statements)).into());
    }
    let expected = "program.py 4 1 75.0% 4";
    let remark = format!(
        "forkcov: counting lines, not statements, of {}: failed to read it: No such file or directory (os error 2)\n\
         forkcov: program.py has no file here: removed since the run, or on another machine (see `combine --map`)\n",
        program.display()
    );
    if row(&lines) != expected || said(&lines) != remark {
        return Err(format!("{} and {:?}, not {expected} and {remark:?}", row(&lines), said(&lines)).into());
    }
    Ok(())
}

fn forkcov(directory: &Path, arguments: &[&str]) -> Result<Output, Failed> {
    succeed(Command::new(paths::forkcov()).args(arguments).current_dir(directory).env_remove("PWD"))
}

fn succeed(command: &mut Command) -> Result<Output, Failed> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(output),
        false => {
            Err(format!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into())
        }
    }
}
