//! What reports cost: 5,000 processes and 1,500 sources of 500 lines, combined and reported by forkcov, and
//! by coverage.py on as many data files and lines.
//!
//! `cargo bench --bench reports` prints a Markdown table of seconds and of the most memory; `-- --alone`
//! leaves coverage.py out, which takes some minutes. Ratios are what can be compared between machines; times
//! are not.

mod set;
mod theirs;

use forkcov_testing::measured::Measured;
use forkcov_testing::paths;
use std::path::Path;
use std::process::Command;

/// A report of both, by its command.
const REPORTS: [&str; 5] = ["report", "json", "xml", "lcov", "html"];

fn main() {
    // In memory where that can be had: what a disk takes to make files is not the point.
    let directory =
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary directory");
    set::write(directory.path());
    let is_alone = std::env::args().any(|argument| argument == "--alone");
    let mut other = (!is_alone).then(|| theirs::CoveragePy::prepare(directory.path()));
    let version = other.as_ref().map_or_else(String::new, |other| other.version.clone());
    println!("| | forkcov | coverage.py {version} | times |\n|---|---|---|---|");
    row("combine", forkcov(directory.path(), "combine"), other.as_mut().map(|other| other.run("combine")));
    for report in REPORTS {
        row(report, forkcov(directory.path(), report), other.as_mut().map(|other| other.run(report)));
    }
}

fn forkcov(directory: &Path, command: &str) -> Measured {
    let mut forkcov = Command::new(paths::forkcov());
    forkcov.arg(command).current_dir(directory);
    Measured::of(forkcov)
}

fn row(name: &str, ours: Measured, theirs: Option<Measured>) {
    match theirs {
        Some(theirs) => println!("| {name} | {ours} | {theirs} | {:.1} |", theirs.seconds / ours.seconds),
        None => println!("| {name} | {ours} | | |"),
    }
}
