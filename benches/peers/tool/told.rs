//! The lines that a run under a tool reports.

use super::Tool;
use crate::build::{Build, Program};
use crate::lines::{Lines, of_callgrind, of_gcov, of_kcov, of_lcov, pairs_of_forkcov};
use crate::run::output;
use crate::work::Work;
use forkcov_testing::paths;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

impl Tool {
    /// The lines that ran, by what a run has left in `place`. None of the bare program.
    pub fn lines(self, work: &Work, place: &Path) -> Option<Lines> {
        let lines = match self {
            Tool::Bare => return None,
            Tool::Forkcov => of_lcov(&forkcov("lcov", place)),
            Tool::Kcov => {
                let reports = below(place, &|path| path.ends_with("codecov.json"));
                // The program is there under two names, and kcov-merged is the sum of all.
                reports.iter().filter(|path| !is_merged(path)).flat_map(|path| of_kcov(&text(path))).collect()
            }
            Tool::Gcov => gcov(work.program()?, self.build(), place).0,
            Tool::Clang | Tool::ClangContinuous => llvm(&work.program()?.path(self.build()), place),
            Tool::Callgrind => {
                let is_data = |path: &Path| path.to_string_lossy().contains("/callgrind.");
                below(place, &is_data).iter().flat_map(|path| of_callgrind(&text(path))).collect()
            }
            Tool::Tarpaulin | Tool::TarpaulinLlvm => of_lcov(&text(&place.join("lcov.info"))),
        };
        Some(lines)
    }

    /// How many pairs there are of a process and a line of `wanted` that it ran. None for a tool that does
    /// not report processes.
    pub fn pairs(self, wanted: &Lines, place: &Path) -> Option<usize> {
        (self == Tool::Forkcov).then(|| pairs_of_forkcov(&forkcov("json", place), wanted))
    }
}

fn forkcov(report: &str, place: &Path) -> String {
    let mut command = Command::new(paths::forkcov());
    command.args([report, "-o", "-", "--data-file"]).arg(place.join("forkcov.data"));
    output(&mut command)
}

/// What GCC's counters say about a program that ran with `GCOV_PREFIX=place`: the lines that ran, and those
/// that did not.
pub fn gcov(program: &Program, build: Build, place: &Path) -> (Lines, Lines) {
    let mut reports = String::new();
    for source in &program.sources {
        let object = program.object(build, source);
        let beside = PathBuf::from(format!("{}{}", place.display(), object.display()));
        let (notes, counts) = (beside.with_extension("gcno"), beside.with_extension("gcda"));
        if counts.is_file() {
            fs::copy(object.with_extension("gcno"), notes).expect("the notes of GCC");
            let mut command = Command::new("gcov");
            command.args(["--stdout", "--json-format"]).arg(counts).current_dir(place);
            reports += &output(&mut command);
        }
    }
    of_gcov(&reports)
}

fn llvm(program: &Path, place: &Path) -> Lines {
    let profiles = below(place, &|path| path.extension().is_some_and(|extension| extension == "profraw"));
    if profiles.is_empty() {
        return Lines::new();
    }
    let merged = place.join("all.profdata");
    output(Command::new("llvm-profdata").args(["merge", "-o"]).arg(&merged).args(profiles));
    let mut export = Command::new("llvm-cov");
    export.args(["export", "-format=lcov", "-instr-profile"]).arg(merged).arg(program);
    of_lcov(&output(&mut export))
}

/// The files below a directory that are wanted.
fn below(directory: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry")) {
        if entry.file_type().expect("a type of file").is_dir() {
            found.extend(below(&entry.path(), is_wanted));
        } else if is_wanted(&entry.path()) {
            found.push(entry.path());
        }
    }
    found
}

fn is_merged(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "kcov-merged")
}

fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|why| panic!("failed to read {}: {why}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}
