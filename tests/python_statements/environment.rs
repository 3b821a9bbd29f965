//! CPython 3.13 with coverage.py and packages to count.

use super::counted::Counted;
use forkcov_testing::environment::{Environment, finish};
use forkcov_testing::interpreter::{self, Interpreter};
use forkcov_testing::paths;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// What is installed from PyPI, in versions that are known.
const PACKAGES: &str = "coverage==7.17.5 attrs==25.4.0 hypothesis==6.148.2 pytest==9.0.1 rich==14.2.0 \
                        typing-extensions==4.15.0 trio==0.32.0 twisted==25.5.0";

/// An interpreter of CPython 3.13 that can make environments.
pub fn interpreter() -> Option<PathBuf> {
    let found = interpreter::found(13..=13).into_iter();
    let mut fits = found.filter(Interpreter::has_packages);
    fits.next().map(|python| python.path)
}

/// The interpreter, and a virtual environment of it with the packages.
pub struct Packages {
    interpreter: PathBuf,
    python: PathBuf,
}

impl Packages {
    /// Those of `interpreter`.
    pub fn of(interpreter: &Path) -> Result<Self, String> {
        // One at a time, so that the others find it done.
        static MAKING: Mutex<()> = Mutex::new(());
        let _making = MAKING.lock().map_err(|_| "failed before")?;
        let root = paths::scratch().join("python_statements");
        let environment = Environment::make(interpreter, root, PACKAGES)?;
        Ok(Self { interpreter: interpreter.to_owned(), python: environment.python() })
    }

    /// The interpreter with coverage.py and the packages.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// The interpreter without them.
    pub fn interpreter(&self) -> &Path {
        &self.interpreter
    }

    /// The sources of the interpreter's standard library.
    pub fn standard_library(&self) -> Result<Vec<PathBuf>, String> {
        self.sources("stdlib").map(|mut sources| {
            sources.retain(|source| !source.components().any(|part| part.as_os_str() == "site-packages"));
            sources
        })
    }

    /// The sources of the packages.
    pub fn packages(&self) -> Result<Vec<PathBuf>, String> {
        self.sources("purelib")
    }

    /// What coverage.py counts of `sources`, in any order.
    pub fn count(&self, sources: &[PathBuf], exclude: &str) -> Result<Vec<Counted>, String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python_statements/coverage_py.py");
        let mut command = Command::new(&self.python);
        command.args(["-I", script, exclude]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|why| format!("failed to start {command:?}: {why}"))?;
        let paths: Vec<String> = sources.iter().map(|path| path.display().to_string()).collect();
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(paths.join("\n").as_bytes())
                .map_err(|why| format!("failed to write to {command:?}: {why}"))?;
        }
        let output =
            child.wait_with_output().map_err(|why| format!("failed to read from {command:?}: {why}"))?;
        if !output.status.success() {
            return Err(format!("{command:?}: {}", output.status));
        }
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).map_err(|why| format!("{why} in {line}")))
            .collect()
    }

    /// The sources below one of the directories that Python's module sysconfig names.
    fn sources(&self, directory: &str) -> Result<Vec<PathBuf>, String> {
        let ask = format!("import sysconfig; print(sysconfig.get_path({directory:?}))");
        let mut python = Command::new(&self.python);
        python.args(["-I", "-c", &ask]);
        let root = finish(python)?;
        let mut sources = Vec::new();
        let mut directories = vec![PathBuf::from(root.trim_end())];
        while let Some(directory) = directories.pop() {
            let fail = |why| format!("failed to read {}: {why}", directory.display());
            for entry in fs::read_dir(&directory).map_err(fail)? {
                let entry = entry.map_err(fail)?;
                let path = entry.path();
                if entry.file_type().map_err(fail)?.is_dir() {
                    directories.push(path);
                } else if path.extension().is_some_and(|extension| extension == "py") {
                    sources.push(path);
                }
            }
        }
        sources.sort();
        Ok(sources)
    }
}
