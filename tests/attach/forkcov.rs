//! forkcov, attached to a program.

use crate::target::Built;
use forkcov_testing::marks;
use forkcov_testing::paths;
use forkcov_testing::report;
use forkcov_testing::roles::Roles;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A forkcov that has attached to a process.
pub struct Attached {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

/// `forkcov run`, in `directory`.
pub fn run(directory: &Path) -> Command {
    with_options(Command::new(paths::forkcov()), directory)
}

/// The same, started by a command that takes it as its last arguments.
pub fn run_by(mut command: Command, directory: &Path) -> Command {
    command.arg(paths::forkcov());
    with_options(command, directory)
}

fn with_options(mut command: Command, directory: &Path) -> Command {
    command.args(["run", "--data-file", "forkcov.data"]).current_dir(directory).stdin(Stdio::null());
    command
}

/// Attaches to `pid`; from then on every line counts.
pub fn attach(directory: &Path, pid: i32) -> Attached {
    attach_by(run(directory), pid)
}

/// The same, by a command that lacks only the process to attach to.
pub fn attach_by(mut command: Command, pid: i32) -> Attached {
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

    /// Kills it: nothing is released.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to release the program.
    pub fn detach(self) {
        self.send(Signal::SIGINT);
        self.end();
    }

    /// The same, and gives what it says besides.
    pub fn detach_with_remarks(self) -> Vec<String> {
        self.send(Signal::SIGINT);
        self.end_with_remarks()
    }

    /// Waits for its end, which has to be a good one.
    pub fn end(self) {
        let remarks = self.end_with_remarks();
        assert!(remarks.is_empty(), "{remarks:?}");
    }

    fn end_with_remarks(mut self) -> Vec<String> {
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {said}");
        let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
        let last = lines.pop().unwrap_or_default();
        assert!(last.ends_with("-> forkcov.data"), "{said}");
        lines
    }
}

/// Checks the marks of the program and its plugin.
pub fn check(built: &Built) {
    let roles = Roles::read(&built.directory.join("roles")).unwrap();
    let mut sources = vec![built.source.clone()];
    if roles.every_pid().any(|pid| roles.of(pid).contains("opener")) {
        sources.push(built.source.parent().unwrap().with_file_name("libraries").join("plugin.c"));
    }
    marks::check(&sources, &roles, &report::read(&built.directory).unwrap().recorded)
        .unwrap_or_else(|why| panic!("{why}"));
}

/// The list of processes in the report.
pub fn processes(directory: &Path) -> Vec<Value> {
    report::read(directory).unwrap().processes
}
