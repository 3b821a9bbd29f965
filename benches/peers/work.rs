//! The programs that are measured.

mod cplusplus;
mod generated;
mod go;
mod makefile;
mod postgresql;
mod processes;
mod rust;
mod sqlite;

use crate::build::{Build, Program};
use crate::lines::Lines;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use rust::Crate;

/// Something to be run under all tools.
pub struct Work {
    /// What it does.
    pub name: String,
    /// What is run.
    pub subject: Subject,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its standard input.
    pub input: Option<PathBuf>,
    /// Which tools' builds there are.
    pub builds: &'static [Build],
    /// Whether each run begins without what earlier runs have cached.
    pub is_cold: bool,
    /// The lines that run.
    pub truth: Truth,
    /// How many pairs there are of a process and one of these lines that it runs; None where that is not
    /// known.
    pub pairs: Option<usize>,
    /// The sources of interest, if they are not those of its directory.
    pub interest: Option<PathBuf>,
    /// Words in front of everything, the tool included.
    pub before_all: Vec<OsString>,
    /// Whether root runs it as another user, whom [`USER`] names.
    pub is_of_user: bool,
}

/// A user without rights: `nobody`.
pub const USER: u32 = 65534;

/// What is run.
pub enum Subject {
    /// A program.
    Program(Program),
    /// A project that `make` builds, in this directory, and a program that it runs for each of its files.
    Make(PathBuf, Program),
    /// The tests of a crate.
    Crate(Crate),
    /// A script of the shell around executables that no tool compiles.
    Script(Script),
}

/// A script of the shell.
pub struct Script {
    /// Where the sources are.
    pub directory: PathBuf,
    /// Its text. `$1` is the executable, and `$2` an empty directory.
    pub text: String,
    /// The executable, or the directory of all.
    pub executable: PathBuf,
}

/// The lines that a work runs.
pub enum Truth {
    /// Known, since they were written for it: groups of lines, with the processes that run each.
    Known(Vec<Group>),
    /// Those that GCC's counters report for the program without optimisation, run with these further
    /// arguments.
    Counted(Vec<String>),
}

/// Lines with the same fate.
#[derive(Debug, Clone)]
pub struct Group {
    /// The processes that run them; follows "lines of".
    pub who: String,
    /// These lines.
    pub lines: Lines,
}

/// What Clang and GCC can count in.
const ALL_BUILDS: &[Build] = &[Build::Plain, Build::Gcov, Build::Clang, Build::ClangContinuous];

impl Work {
    fn of(name: &str, subject: Subject, groups: Vec<Group>) -> Self {
        let builds = if matches!(subject, Subject::Program(_) | Subject::Make(..)) {
            ALL_BUILDS
        } else {
            &[Build::Plain]
        };
        Self {
            name: name.to_owned(),
            subject,
            arguments: Vec::new(),
            input: None,
            builds,
            is_cold: false,
            truth: Truth::Known(groups),
            pairs: None,
            interest: None,
            before_all: Vec::new(),
            is_of_user: false,
        }
    }

    /// The program that is compiled for each tool; None of a crate.
    pub fn program(&self) -> Option<&Program> {
        match &self.subject {
            Subject::Program(program) | Subject::Make(_, program) => Some(program),
            Subject::Crate(_) | Subject::Script(_) => None,
        }
    }

    /// Where the sources of interest are.
    pub fn directory(&self) -> &Path {
        match &self.subject {
            Subject::Program(program) | Subject::Make(_, program) => &program.directory,
            Subject::Crate(own) => &own.directory,
            Subject::Script(script) => &script.directory,
        }
    }
}

/// All works, with their sources below `directory`; and why some are not there.
///
/// PostgreSQL is made only if `wanted` has its name or is empty: that takes minutes.
pub fn all(directory: &Path, wanted: &[String]) -> (Vec<Work>, Vec<String>) {
    let mut works = generated::all(&directory.join("generated"));
    let mut missing = Vec::new();
    match sqlite::all(&directory.join("sqlite")) {
        Ok(all) => works.extend(all),
        Err(why) => missing.push(format!("the works with sqlite: {why}")),
    }
    works.extend(cplusplus::all(&directory.join("cplusplus")));
    works.push(makefile::work(&directory.join("make")));
    works.push(rust::work(&directory.join("rust")));
    works.push(processes::tests(&directory.join("rust-processes")));
    works.extend(processes::with_dependencies(&directory.join("rust-dependencies")));
    let mut add = |name: &str, all: Result<Vec<Work>, String>| match all {
        Ok(all) => works.extend(all),
        Err(why) => missing.push(format!("{name}: {why}")),
    };
    add("the Go test binary", go::all(&directory.join("go")));
    let has_word = |name: &str| wanted.iter().any(|word| name.contains(word.as_str()));
    if wanted.is_empty() || postgresql::NAMES.iter().any(|name| has_word(name)) {
        add("the works with PostgreSQL", postgresql::all(&directory.join("postgresql")));
    }
    (works, missing)
}
