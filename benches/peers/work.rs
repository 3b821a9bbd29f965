//! The programs that are measured.

mod cplusplus;
mod generated;
mod makefile;
mod rust;
mod sqlite;

use crate::build::{Build, Program};
use crate::lines::Lines;
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
}

/// What is run.
pub enum Subject {
    /// A program.
    Program(Program),
    /// A project that `make` builds, in this directory, and a program that it runs for each of its files.
    Make(PathBuf, Program),
    /// The tests of a crate.
    Crate(Crate),
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
    fn of(name: &str, program: Program, groups: Vec<Group>) -> Self {
        Self {
            name: name.to_owned(),
            subject: Subject::Program(program),
            arguments: Vec::new(),
            input: None,
            builds: ALL_BUILDS,
            is_cold: false,
            truth: Truth::Known(groups),
            pairs: None,
        }
    }

    /// The program that is compiled for each tool; None of a crate.
    pub fn program(&self) -> Option<&Program> {
        match &self.subject {
            Subject::Program(program) | Subject::Make(_, program) => Some(program),
            Subject::Crate(_) => None,
        }
    }

    /// Where the sources of interest are.
    pub fn directory(&self) -> &Path {
        match &self.subject {
            Subject::Program(program) | Subject::Make(_, program) => &program.directory,
            Subject::Crate(own) => &own.directory,
        }
    }
}

/// All works, with their sources below `directory`; and why some are not there.
pub fn all(directory: &Path) -> (Vec<Work>, Vec<String>) {
    let mut works = generated::all(&directory.join("generated"));
    let mut missing = Vec::new();
    match sqlite::all(&directory.join("sqlite")) {
        Ok(all) => works.extend(all),
        Err(why) => missing.push(format!("the works with sqlite: {why}")),
    }
    works.extend(cplusplus::all(&directory.join("cplusplus")));
    works.push(makefile::work(&directory.join("make")));
    works.push(rust::work(&directory.join("rust")));
    (works, missing)
}
