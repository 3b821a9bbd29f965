//! A Go test binary: tests in goroutines of their own, at the same time.

use super::generated::marked;
use super::{Script, Subject, Work};
use crate::build::Program;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const TESTS: usize = 100;
const EACH: usize = 20;

/// That of this file; or why it cannot be had.
pub fn all(directory: &Path) -> Result<Vec<Work>, String> {
    let mut source = include_str!("../go/work_test.go").to_owned();
    for test in 0..TESTS {
        let _ = writeln!(source, "\nfunc Test{test}(t *testing.T) {{\n\tt.Parallel()\n\twork({test})");
        for line in 0..EACH {
            let _ = writeln!(source, "\tx.Store({line})");
        }
        source.push_str("}\n");
    }
    Program::write(directory, "go.mod", "module work\n\ngo 1.19\n");
    Program::write(directory, "work_test.go", &source);
    let executable = directory.join("tests");
    let mut command = Command::new("go");
    command.args(["test", "-c", "-o"]).arg(&executable).current_dir(directory);
    command.env("GOFLAGS", "-mod=mod").env("GOPROXY", "off").env("GOCACHE", directory.join("cache"));
    let output = command.output().map_err(|_| "there is no go".to_owned())?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = "\"$1\" -test.count=1".to_owned();
    let subject = Subject::Script(Script { directory: directory.to_owned(), text, executable });
    Ok(vec![Work::of("a Go test binary", subject, vec![marked("it", "work_test.go", &source, "x.Store")])])
}
