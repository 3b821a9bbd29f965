//! Virtual environments with coverage.py and what the suites need, one for each interpreter.

use forkcov_testing::interpreter::Interpreter;
use forkcov_testing::paths;
use forkcov_testing::run::run;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

/// What is installed from PyPI: releases that support every version of Python which is wanted.
const INSTALLED: &str =
    "coverage==7.10.7 pytest==8.3.4 pretend==1.0.9 freezegun==1.5.1 markupsafe==3.0.2 trio==0.27.0";

/// How long pip may take.
const LIMIT: Duration = Duration::from_secs(600);

/// The environments of a test run; each is made when it is first asked for, and kept for the next run.
#[derive(Debug, Default)]
pub struct Environments(Mutex<BTreeMap<PathBuf, Result<Environment, String>>>);

/// A virtual environment.
#[derive(Debug, Clone)]
pub struct Environment(PathBuf);

impl Environments {
    /// That of `python`.
    pub fn of(&self, python: &Interpreter) -> Result<Environment, String> {
        let mut made = self.0.lock().map_err(|_| "another test has panicked")?;
        made.entry(python.path.clone()).or_insert_with(|| Environment::make(python)).clone()
    }
}

impl Environment {
    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.0.join("bin/python3")
    }

    fn make(python: &Interpreter) -> Result<Self, String> {
        let environment =
            Self(directory().join(format!("environment-{}", python.name.replace(['/', ' '], "-"))));
        // Written when all is installed.
        let complete = environment.0.join("installed");
        if fs::read_to_string(&complete).is_ok_and(|installed| installed == INSTALLED) {
            return Ok(environment);
        }
        let mut venv = Command::new(&python.path);
        venv.args(["-m", "venv", "--clear"]).arg(&environment.0);
        finish(venv)?;
        pip(&environment.python(), ["install"].into_iter().chain(INSTALLED.split(' ')))?;
        fs::write(&complete, INSTALLED)
            .map_err(|why| format!("failed to write {}: {why}", complete.display()))?;
        Ok(environment)
    }
}

/// Where everything is kept.
pub fn directory() -> PathBuf {
    paths::scratch().join("python_packages")
}

/// Runs pip.
pub fn pip<'a>(python: &Path, arguments: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]).args(arguments);
    finish(command)
}

/// Runs a command that must succeed.
pub fn finish(command: Command) -> Result<(), String> {
    let what = format!("{command:?}");
    let outcome = run(command, None, LIMIT)?;
    if outcome.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{what}: {}\n{}{}", outcome.status, text(&outcome.stdout), text(&outcome.stderr)))
}
