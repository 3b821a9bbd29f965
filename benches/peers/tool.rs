//! The tools that a work is run under.

mod command;
mod told;

use crate::build::{Build, version};
use crate::run::output;
use crate::work::{Subject, Work};
use forkcov_testing::paths;
use std::path::Path;
use std::process::Command;

pub use told::gcov;

/// One of the tools that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// None.
    Bare,
    /// `forkcov run`.
    Forkcov,
    /// kcov.
    Kcov,
    /// The counters of GCC.
    Gcov,
    /// The counters of Clang, which each process writes when it ends.
    Clang,
    /// The counters of Clang in a file that each process has mapped.
    ClangContinuous,
    /// Valgrind's callgrind.
    Callgrind,
    /// cargo-tarpaulin, by ptrace.
    Tarpaulin,
    /// cargo-tarpaulin, by the counters of LLVM.
    TarpaulinLlvm,
}

/// Below `target`, what `.ci/debian-kcov` fetches.
const FETCHED_KCOV: &str = "peers/kcov/bin/kcov";

impl Tool {
    /// In the order of the columns.
    pub const ALL: [Tool; 9] = [
        Tool::Bare,
        Tool::Forkcov,
        Tool::Kcov,
        Tool::Gcov,
        Tool::Clang,
        Tool::ClangContinuous,
        Tool::Callgrind,
        Tool::Tarpaulin,
        Tool::TarpaulinLlvm,
    ];

    /// What the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Bare => "bare",
            Tool::Forkcov => "forkcov",
            Tool::Kcov => "kcov",
            Tool::Gcov => "gcov",
            Tool::Clang => "clang",
            Tool::ClangContinuous => "clang %c",
            Tool::Callgrind => "callgrind",
            Tool::Tarpaulin => "tarpaulin",
            Tool::TarpaulinLlvm => "tarpaulin, llvm",
        }
    }

    /// The program that makes it, by its name or path.
    fn program(self) -> String {
        let named = |variable, name: &str| std::env::var(variable).unwrap_or_else(|_| name.to_owned());
        match self {
            Tool::Bare | Tool::Gcov => "gcc".to_owned(),
            Tool::Forkcov => paths::forkcov_text().to_owned(),
            Tool::Kcov => {
                let fetched = paths::scratch().join("..").join(FETCHED_KCOV);
                let fetched = fetched.is_file().then(|| fetched.to_string_lossy().into_owned());
                named("KCOV", fetched.as_deref().unwrap_or("kcov"))
            }
            Tool::Clang | Tool::ClangContinuous => "clang".to_owned(),
            Tool::Callgrind => "valgrind".to_owned(),
            Tool::Tarpaulin | Tool::TarpaulinLlvm => named("TARPAULIN", "cargo-tarpaulin"),
        }
    }

    /// Its version; or why it cannot be compared.
    pub fn version(self) -> Result<String, String> {
        let needed = match self {
            Tool::Gcov => vec!["gcov".to_owned()],
            Tool::Clang | Tool::ClangContinuous => vec!["llvm-profdata".to_owned(), "llvm-cov".to_owned()],
            _ => Vec::new(),
        };
        for program in needed.iter().chain([&self.program()]) {
            // Not all of them know the option.
            if Command::new(program).arg("--version").output().is_err() {
                return Err(format!("there is no {program}"));
            }
        }
        if matches!(self, Tool::Clang | Tool::ClangContinuous) {
            let profile = "libclang_rt.profile-x86_64.a";
            let path = output(Command::new("clang").arg(format!("-print-file-name={profile}")));
            let runtime = output(Command::new("clang").arg("-print-runtime-dir"));
            if !Path::new(path.trim()).is_file() && !Path::new(runtime.trim()).join(profile).is_file() {
                return Err(format!("clang has no {profile}"));
            }
        }
        Ok(version(&self.program()))
    }

    /// How a program is compiled for it.
    pub fn build(self) -> Build {
        match self {
            Tool::Gcov => Build::Gcov,
            Tool::Clang => Build::Clang,
            Tool::ClangContinuous => Build::ClangContinuous,
            _ => Build::Plain,
        }
    }

    /// Whether it can run a work.
    pub fn can(self, work: &Work) -> bool {
        let can = match (self, &work.subject) {
            (Tool::Tarpaulin | Tool::TarpaulinLlvm, subject) => matches!(subject, Subject::Crate(_)),
            // They do not follow exec, or would run the shell too.
            (Tool::Kcov | Tool::Callgrind, Subject::Script(_)) => false,
            _ => true,
        };
        can && work.builds.contains(&self.build())
    }
}
