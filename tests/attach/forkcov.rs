//! forkcov, attached to a program.

use crate::marks::{self, Lines, Recorded};
use crate::roles::Roles;
use crate::target::Built;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

/// A forkcov that has attached to a process.
pub struct Attached {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

/// `forkcov run`, in `directory`.
pub fn run(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forkcov"));
    command.args(["run", "--data-file", "forkcov.data"]).current_dir(directory).stdin(Stdio::null());
    command
}

/// Attaches to `pid`; from then on every line counts.
pub fn attach(directory: &Path, pid: i32) -> Attached {
    let mut command = run(directory);
    let mut child = command.args(["--attach", &pid.to_string()]).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.starts_with("forkcov: attached to "), "{line}");
    Attached { child, stderr }
}

impl Attached {
    pub fn send(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Asks it to let the program go on alone.
    pub fn detach(self) {
        self.send(Signal::SIGINT);
        self.end();
    }

    /// Waits for its end, which has to be a good one.
    pub fn end(mut self) {
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {said}");
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines.len() == 1 && lines[0].ends_with("-> forkcov.data"), "{said}");
    }
}

/// Checks the marks of the program and its plugin.
pub fn check(built: &Built) {
    let roles = Roles::read(&built.directory.join("roles")).unwrap();
    let mut sources = vec![built.source.clone()];
    if roles.every_pid().any(|pid| roles.of(pid).contains("opener")) {
        sources.push(built.source.parent().unwrap().with_file_name("libraries").join("plugin.c"));
    }
    marks::check(&sources, &roles, &recorded(&built.directory)).unwrap_or_else(|why| panic!("{why}"));
}

/// The JSON report.
pub fn json(directory: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forkcov"));
    let output = command.args(["json", "-o", "-"]).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn recorded(directory: &Path) -> Recorded {
    let json = json(directory);
    let here = directory.canonicalize().unwrap();
    let path = |name: &str| {
        let mut path = PathBuf::new();
        for part in here.join(name).components() {
            if part.as_os_str() == ".." {
                path.pop();
            } else {
                path.push(part)
            }
        }
        path
    };
    let numbers = |list: &Value| -> Vec<u32> {
        list.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as u32).collect()
    };
    let mut recorded = Recorded::default();
    for (name, file) in json["files"].as_object().unwrap() {
        let lines = recorded.executable.entry(path(name)).or_default();
        lines.extend(numbers(&file["executed_lines"]));
        lines.extend(numbers(&file["missing_lines"]));
    }
    for process in json["processes"].as_array().unwrap() {
        let files = process["files"].as_object().unwrap().iter();
        let lines: Lines =
            files.map(|(name, lines)| (path(name), numbers(lines).into_iter().collect())).collect();
        recorded.hits.insert(process["pid"].as_i64().unwrap() as i32, lines);
    }
    recorded
}
