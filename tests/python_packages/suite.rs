//! The packages, and how their test suites are run.

use crate::environment::directory;
use forkcov_testing::environment::{finish, pip};
use forkcov_testing::interpreter::Interpreter;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// A released package with its tests.
#[derive(Debug)]
pub struct Suite {
    /// Its name on PyPI.
    pub package: &'static str,
    /// The release.
    pub version: &'static str,
    /// The directory that has its packages: what `PYTHONPATH` says.
    pub root: &'static str,
    /// The directory of the package, in which lines are counted.
    pub sources: &'static str,
    /// What pytest is given.
    pub tests: &'static str,
}

/// All of them need no more than `environment.rs` installs, and give the same output each time.
pub const SUITES: &[Suite] = &[
    Suite { package: "click", version: "8.1.7", root: "src", sources: "src/click", tests: "tests" },
    Suite { package: "idna", version: "3.6", root: ".", sources: "idna", tests: "tests" },
    Suite {
        package: "itsdangerous",
        version: "2.2.0",
        root: "src",
        sources: "src/itsdangerous",
        tests: "tests",
    },
    Suite { package: "jinja2", version: "3.1.6", root: "src", sources: "src/jinja2", tests: "tests" },
    Suite {
        package: "more-itertools",
        version: "10.4.0",
        root: ".",
        sources: "more_itertools",
        tests: "tests",
    },
    Suite {
        package: "packaging",
        version: "24.1",
        root: "src",
        sources: "src/packaging",
        // The others try tens of thousands of versions.
        tests: "tests --ignore tests/test_specifiers.py --ignore tests/test_version.py",
    },
];

/// One download at a time: several interpreters want the same file.
static DOWNLOADS: Mutex<()> = Mutex::new(());

/// Unpacks a release into a fresh directory for `interpreter`, and gives its top.
pub fn unpack(suite: &Suite, interpreter: &Interpreter, python: PathBuf) -> Result<PathBuf, String> {
    let name = format!("{}-{}", suite.package, suite.version);
    let archive = {
        let _one = DOWNLOADS.lock().map_err(|_| "another test has panicked")?;
        download(suite, &directory().join("releases").join(&name), &python)?
    };
    let into = directory().join(interpreter.file_name()).join(&name);
    let made = fs::remove_dir_all(&into)
        .or_else(|why| if why.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(why) })
        .and_then(|()| fs::create_dir_all(&into))
        .and_then(|()| into.canonicalize());
    let into = made.map_err(|why| format!("failed to make {}: {why}", into.display()))?;
    let mut tar = Command::new("tar");
    tar.arg("--extract")
        .arg("--file")
        .arg(archive)
        .args(["--strip-components", "1", "--directory"])
        .arg(&into);
    finish(tar)?;
    Ok(into)
}

/// The release as its authors made it, with the tests.
fn download(suite: &Suite, into: &Path, python: &Path) -> Result<PathBuf, String> {
    if let Some(archive) = only_file(into) {
        return Ok(archive);
    }
    let (package, version) = (suite.package, suite.version);
    let requirement = format!("{package}=={version}");
    let into_text = into.to_string_lossy();
    let arguments = ["download", "--no-deps", "--no-binary", package, "--dest", &into_text, &requirement];
    pip(python, arguments.into_iter())?;
    only_file(into).ok_or_else(|| format!("pip gave no file for {requirement}"))
}

fn only_file(directory: &Path) -> Option<PathBuf> {
    Some(fs::read_dir(directory).ok()?.next()?.ok()?.path())
}
