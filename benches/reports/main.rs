//! What reports cost: 5,000 processes and 1,500 sources of 500 lines, combined and reported by forkcov, and
//! by coverage.py on as many data files and lines.
//!
//! `cargo bench --bench reports` prints a Markdown table of seconds and of the most memory; `-- --alone`
//! leaves coverage.py out, which takes some minutes. Ratios are what can be compared between machines; times
//! are not. A second table is of forkcov with the facts of ten machines: `-- --facts` prints only that.

mod facts;
mod set;
mod theirs;

use forkcov_testing::measured::Measured;
use forkcov_testing::paths;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A report of both, by its command.
const REPORTS: [&str; 5] = ["report", "json", "xml", "lcov", "html"];

fn main() {
    let has_argument = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    if !has_argument("--facts") {
        processes(has_argument("--alone"));
    }
    facts();
}

/// In memory where that can be had: what a disk takes to make files is not the point.
fn directory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary directory")
}

fn processes(is_alone: bool) {
    let directory = directory();
    set::write(directory.path());
    let mut other = (!is_alone).then(|| theirs::CoveragePy::prepare(directory.path()));
    let version = other.as_ref().map_or_else(String::new, |other| other.version.clone());
    println!("| | forkcov | coverage.py {version} | times |\n|---|---|---|---|");
    let combine = forkcov(directory.path(), &["combine"]);
    row("combine", combine, other.as_mut().map(|other| other.run("combine")));
    for report in REPORTS {
        row(report, forkcov(directory.path(), &[report]), other.as_mut().map(|other| other.run(report)));
    }
}

fn facts() {
    let directory = directory();
    let (facts, data_files) = facts::write(directory.path());
    let names = data_files.iter().map(String::as_str);
    let combine: Vec<&str> = ["combine", "--keep"].into_iter().chain(names).collect();
    println!("| {facts} facts | CPU time | memory |\n|---|---|---|");
    for command in [&combine[..], &["report"], &["tests"]] {
        let Measured { cpu_seconds, megabytes, .. } = forkcov(directory.path(), command);
        println!("| {} | {cpu_seconds:.2} s | {megabytes} MB |", command[0]);
    }
}

fn forkcov(directory: &Path, arguments: &[&str]) -> Measured {
    let mut forkcov = Command::new(paths::forkcov());
    forkcov.args(arguments).current_dir(directory);
    Measured::of(forkcov)
}

fn row(name: &str, ours: Measured, theirs: Option<Measured>) {
    match theirs {
        Some(theirs) => println!("| {name} | {ours} | {theirs} | {:.1} |", theirs.seconds / ours.seconds),
        None => println!("| {name} | {ours} | | |"),
    }
}
