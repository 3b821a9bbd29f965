//! Where a program in Python runs: a fresh directory with copies of its sources.

use forkcov_testing::interpreter::Interpreter;
use forkcov_testing::paths;
use forkcov_testing::program::{self, Program};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory for one program and one interpreter, and what runs the one by the other there.
pub struct Place<'a> {
    /// The directory, without symbolic links.
    pub directory: PathBuf,
    program: &'a Program,
    python: &'a Interpreter,
    other: Option<&'a Interpreter>,
}

impl<'a> Place<'a> {
    /// Makes it, in place of the one before.
    pub fn new(
        program: &'a Program,
        python: &'a Interpreter,
        other: Option<&'a Interpreter>,
    ) -> Result<Place<'a>, String> {
        let suite = paths::scratch().join("python");
        let directory = suite.join(python.file_name()).join(&program.name["python/".len()..]);
        let made = fs::remove_dir_all(&directory)
            .or_else(|why| if why.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(why) })
            .and_then(|()| fs::create_dir_all(&directory))
            .and_then(|()| directory.canonicalize());
        let directory = made.map_err(|why| format!("failed to make {}: {why}", directory.display()))?;
        let place = Place { directory, program, python, other };
        for source in place.sources() {
            copy(&program::directory().join(&source), &place.copied(&source))?;
        }
        for line in program.after_build() {
            let mut command = Command::new("sh");
            command.args(["-c", line]).current_dir(&place.directory).env("PYTHON", &python.path);
            let output = command.output().map_err(|why| format!("failed to run {command:?}: {why}"))?;
            if !output.status.success() {
                return Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr)));
            }
        }
        Ok(place)
    }

    /// The command that runs it.
    pub fn bare(&self) -> Command {
        let argv = self.argv();
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]);
        self.environment(command)
    }

    /// The command that runs it under forkcov.
    pub fn traced(&self) -> Command {
        let mut command = Command::new(paths::forkcov());
        command.args(["run", "-q", "--data-file", "forkcov.data"]);
        command.args(self.program.first("forkcov").unwrap_or_default().split_whitespace());
        command.arg("--").args(self.argv());
        self.environment(command)
    }

    /// The sources whose marks count.
    pub fn marked_sources(&self) -> Vec<PathBuf> {
        self.program.sources().iter().map(|source| self.copied(source)).collect()
    }

    fn argv(&self) -> Vec<String> {
        let host = self.program.first("host").map(str::to_string);
        let python =
            || self.python.path.to_str().expect("an interpreter whose path is not UTF-8").to_string();
        let file =
            self.copied(&self.program.source).file_name().map(|name| name.to_string_lossy().into_owned());
        let runs = self.program.first("runs").map_or(file.into_iter().collect(), words);
        [host.unwrap_or_else(python)].into_iter().chain(runs).chain(self.program.flags.clone()).collect()
    }

    /// What a user has set for Python does not count, and hashes are the same in every run.
    fn environment(&self, mut command: Command) -> Command {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PYTHON") {
                command.env_remove(name);
            }
        }
        command.env("PYTHONHASHSEED", "0");
        match self.other {
            Some(other) => command.env("OTHER_PYTHON", &other.path),
            None => command.env_remove("OTHER_PYTHON"),
        };
        command
    }

    fn sources(&self) -> Vec<String> {
        let role = ["python/role.py".to_string()];
        self.program.sources().into_iter().chain(role).collect()
    }

    fn copied(&self, source: &str) -> PathBuf {
        self.directory.join(source.strip_prefix("python/").unwrap_or(source))
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_string).collect()
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let parent = to.parent().unwrap_or(Path::new("."));
    let copied = fs::create_dir_all(parent).and_then(|()| fs::copy(from, to));
    copied.map(drop).map_err(|why| format!("failed to copy {} to {}: {why}", from.display(), to.display()))
}
