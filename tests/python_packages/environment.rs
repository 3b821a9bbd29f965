//! Virtual environments with coverage.py and what the suites need, one for each interpreter.

use forkcov_testing::environment::{Environment, latest_coverage_py};
use forkcov_testing::interpreter::Interpreter;
use forkcov_testing::paths;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// What is installed from PyPI beside coverage.py: releases that support every version of Python which is wanted.
const INSTALLED: &str = "pytest==8.3.4 pretend==1.0.9 freezegun==1.5.1 markupsafe==3.0.2 trio==0.27.0 \
     pytest-xdist==3.6.1";

/// The environments of a test run; each is made when it is first asked for, and kept for the next run.
#[derive(Debug, Default)]
pub struct Environments(Mutex<BTreeMap<PathBuf, Result<Environment, String>>>);

impl Environments {
    /// The environment of `python`.
    pub fn of(&self, python: &Interpreter) -> Result<Environment, String> {
        let mut made = self.0.lock().map_err(|_| "another test has panicked")?;
        let root = directory().join(format!("environment-{}", python.file_name()));
        let packages = format!("coverage=={} {INSTALLED}", latest_coverage_py(python.minor));
        let make = || Environment::make(&python.path, root, &packages);
        made.entry(python.path.clone()).or_insert_with(make).clone()
    }
}

/// The directory of the environments and the packages.
pub fn directory() -> PathBuf {
    paths::scratch().join("python_packages")
}
