//! Virtual environments of Python with packages from PyPI. They are kept for the next run of the tests or benchmarks.

use crate::interpreter::Interpreter;
use crate::paths;
use crate::run::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long pip may take.
const LIMIT: Duration = Duration::from_secs(600);

/// A virtual environment.
#[derive(Debug, Clone)]
pub struct Environment {
    root: PathBuf,
}

impl Environment {
    /// Makes the environment `root` of the interpreter `python`, and installs `packages`, which blanks separate; unless
    /// it is there with the same packages.
    pub fn make(python: &Path, root: PathBuf, packages: &str) -> Result<Self, String> {
        let environment = Self { root };
        // Written when all is installed.
        let complete = environment.root.join("installed");
        let content = format!("{} {packages}", python.display());
        if fs::read_to_string(&complete).is_ok_and(|installed| installed == content) {
            return Ok(environment);
        }
        let mut venv = Command::new(python);
        venv.args(["-m", "venv", "--clear"]).arg(&environment.root);
        finish(venv)?;
        pip(&environment.python(), ["install"].into_iter().chain(packages.split(' ')))?;
        fs::write(&complete, content)
            .map_err(|why| format!("failed to write {}: {why}", complete.display()))?;
        Ok(environment)
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.root.join("bin/python3")
    }
}

/// Runs pip.
pub fn pip<'a>(python: &Path, arguments: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]).args(arguments);
    finish(command).map(drop)
}

/// The standard output of a command that must succeed, within ten minutes.
pub fn finish(command: Command) -> Result<String, String> {
    let what = format!("{command:?}");
    let outcome = run(command, None, LIMIT)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if outcome.status.success() {
        return Ok(text(&outcome.stdout));
    }
    Err(format!("{what}: {}\n{}{}", outcome.status, text(&outcome.stdout), text(&outcome.stderr)))
}

/// An environment with the latest coverage.py for its version of Python.
#[derive(Debug)]
pub struct CoverageEnvironment {
    environment: Environment,
    /// The release of coverage.py.
    pub coverage_py: &'static str,
}

/// Fails where coverage.py would only warn, and use its tracer in Python.
const HAS_C_TRACER: &str = "from coverage.tracer import CTracer";

impl CoverageEnvironment {
    /// The environment of `python`.
    pub fn of(python: &Interpreter) -> Self {
        let root = paths::scratch().join("bench-python").join(python.file_name());
        let coverage_py = latest_coverage_py(python.minor);
        let environment = Environment::make(&python.path, root, &format!("coverage=={coverage_py}"))
            .unwrap_or_else(|why| panic!("{why}"));
        let mut check = Command::new(environment.python());
        check.args(["-c", HAS_C_TRACER]);
        output(check);
        Self { environment, coverage_py }
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.environment.python()
    }
}

/// The newest release of coverage.py for this minor version of Python 3.
pub fn latest_coverage_py(minor: u32) -> &'static str {
    match minor {
        ..=9 => "7.10.7",
        10 => "7.16.2",
        _ => "7.17.3",
    }
}

/// The standard output of a command that must succeed.
pub fn output(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|why| panic!("failed to run {command:?}: {why}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).unwrap_or_else(|_| panic!("the output of {command:?} is no UTF-8"))
}
