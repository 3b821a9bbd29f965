//! Virtual environments with coverage.py, one for each interpreter: in them everything is run.

use crate::interpreter::Interpreter;
use crate::paths;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A virtual environment.
#[derive(Debug)]
pub struct Environment {
    root: PathBuf,
    /// The release of coverage.py that is in it.
    pub coverage_py: &'static str,
}

/// Fails where coverage.py would only warn, and take its tracer in Python.
const HAS_C_TRACER: &str = "from coverage.tracer import CTracer";

impl Environment {
    /// That of `python`; it is kept for the next time.
    pub fn of(python: &Interpreter) -> Self {
        let name = python.name.replace(['/', ' '], "-");
        let root = paths::scratch().join("bench-python").join(name);
        let environment = Self { root, coverage_py: latest(python.minor) };
        // Written when all is installed.
        let complete = environment.root.join("installed");
        let requirement = format!("coverage=={}", environment.coverage_py);
        if fs::read_to_string(&complete).is_ok_and(|installed| installed == requirement) {
            return environment;
        }
        let mut venv = Command::new(&python.path);
        venv.args(["-m", "venv", "--clear"]).arg(&environment.root);
        output(venv);
        let mut pip = Command::new(environment.python());
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", &requirement]);
        output(pip);
        let mut check = Command::new(environment.python());
        check.args(["-c", HAS_C_TRACER]);
        output(check);
        fs::write(&complete, requirement).expect("a file in the environment");
        environment
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.root.join("bin/python3")
    }
}

/// The latest release of coverage.py for a version of Python.
fn latest(minor: u32) -> &'static str {
    match minor {
        ..=9 => "7.10.7",
        10 => "7.16.2",
        _ => "7.17.3",
    }
}

/// What a command that must succeed writes to its standard output.
pub fn output(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|why| panic!("failed to run {command:?}: {why}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).unwrap_or_else(|_| panic!("the output of {command:?} is no UTF-8"))
}
