//! One program from its run to the reports.

use forkcov_testing::paths;
use libtest_mimic::Failed;
use serde_json::Value;
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

/// The numbers of a JSON report that both programs make.
const COMPARED: &[&str] = &["executed_lines", "missing_lines", "excluded_lines", "summary"];

/// forkcov and coverage.py report the same of a program in which coverage.py loses nothing.
pub fn agree(python: &Path, interpreter: &Path) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let program = directory.path().join("program.py");
    fs::write(&program, PROGRAM)?;
    let data_file = directory.path().join("coverage");
    let arguments = ["-m", "coverage", "run", "--data-file"];
    succeed(Command::new(python).args(arguments).arg(&data_file).arg(&program))?;
    let arguments = ["-m", "coverage", "json", "-q", "-o", "-", "--data-file"];
    let theirs = succeed(Command::new(python).args(arguments).arg(&data_file).current_dir(&directory))?;
    forkcov(directory.path(), &["run", "-q", "--", &interpreter.to_string_lossy(), "program.py"])?;
    let ours = forkcov(directory.path(), &["json", "-o", "-"])?;

    let theirs: Value = serde_json::from_slice(&theirs.stdout)?;
    let ours: Value = serde_json::from_slice(&ours.stdout)?;
    for field in COMPARED {
        let of = |report: &Value| {
            let mut value = report["files"]["program.py"][field].clone();
            if let Some(summary) = value.as_object_mut() {
                summary.retain(|name, _| name.ends_with("_lines") || name == "num_statements");
            }
            value
        };
        if of(&theirs).is_null() || of(&theirs) != of(&ours) {
            return Err(format!("{field}: coverage.py has {}, forkcov {}", of(&theirs), of(&ours)).into());
        }
    }
    Ok(())
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
