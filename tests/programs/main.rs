//! Every test program, bare and under forkcov: the same output and ending, and every mark of every process.
//!
//! A program says which process is which: each of its processes appends its PID and role to the file that
//! `$ROLES` names (`test-programs/role.h`), so the marks refer to processes independently of what forkcov
//! reports. The directives at the head of a program are listed in `testing/src/program.rs`, the marks in
//! `testing/src/marks.rs`.
//!
//! `FORKCOV_REPEAT=N cargo test --test programs` runs each of them N times.

mod unprivileged;

use forkcov_testing::program::{self, Program};
use forkcov_testing::report::{self, Report};
use forkcov_testing::roles::Roles;
use forkcov_testing::run::Outcome;
use forkcov_testing::{build, marks, processes, traced, trials, undisturbed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    trials::run("limit", covered)
}

fn covered(program: &Program) -> Result<(), String> {
    let directory = build::build(program, "programs")?;
    let bare = traced::start(Command::new(program.executable()), program, &directory)?;
    processes::ends_as_it_says(program, &bare).map_err(|why| format!("bare, {why}"))?;
    Roles::read(&directory.join("roles")).map_err(|why| format!("bare: {why}"))?;

    for flags in flags(program) {
        let traced = traced::run_traced(flags, program, &directory)?;
        recorded(program, &directory, &bare, &traced).map_err(|why| format!("run {flags:?}: {why}"))?;
    }
    if unprivileged::is_another_case(program) {
        unprivileged::covered(program, &directory).map_err(|why| format!("without privileges: {why}"))?;
    }
    Ok(())
}

/// Each way to trace it: by lines, by blocks, and with trampolines as soon as possible; the last
/// with branches as well.
fn flags(program: &Program) -> &'static [&'static [&'static str]] {
    if program.first("sees-trampolines").is_some() {
        return &[
            &["--every-line"],
            &["--trampolines-after", "0"],
            &["--branches", "--trampolines-after", "0"],
        ];
    }
    &[&["--every-line"], &[], &["--trampolines-after", "1"], &["--branches", "--trampolines-after", "1"]]
}

/// What a traced run has left agrees with a bare one and with the marks.
fn recorded(program: &Program, directory: &Path, bare: &Outcome, traced: &Outcome) -> Result<(), String> {
    undisturbed::check(program, bare, traced)?;
    let roles = Roles::read(&directory.join("roles"))?;
    let report = report::read(directory)?;
    only_ours(program, &report)?;
    processes::check(program, &roles, &report.processes)?;
    marks::check(&program.marked_sources(), &roles, &report.recorded)
}

/// No file of the system, of a library or of a helper without debug information is in the report.
fn only_ours(program: &Program, report: &Report) -> Result<(), String> {
    let mut known = program.marked_sources();
    known.extend(included());
    let others: Vec<&Path> = report
        .recorded
        .executable
        .keys()
        .filter(|file| !known.contains(file))
        .map(|file| file.as_path())
        .collect();
    if others.is_empty() || program.first("other-sources").is_some() {
        Ok(())
    } else {
        Err(format!("the report has files that are not the program's: {others:?}"))
    }
}

/// What programs include, or are built with.
fn included() -> impl Iterator<Item = PathBuf> {
    let list = |directory: PathBuf| fs::read_dir(directory).expect("failed to list the test programs");
    let entries = list(program::directory()).chain(list(program::directory().join("libraries")));
    entries.map(|entry| entry.unwrap().path()).filter(|path| {
        path.file_stem().is_some_and(|stem| stem == "role") || path.extension().is_some_and(|end| end == "h")
    })
}
