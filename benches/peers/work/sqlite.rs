//! sqlite's shell with jobs in SQL, and processes that use its library; of Debian's source.

use super::{Subject, Truth, Work};
use crate::build::Program;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// Beside the sources of this benchmark.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/sqlite");
const JOB: &str = include_str!("../sqlite/job.sql");
const WORKERS: &str = include_str!("../sqlite/workers.c");
const EXECS: &str = include_str!("../sqlite/execs.c");
const ALLOW_ALL: &str = include_str!("../sqlite/allow_all.c");
const LIBRARIES: &[&str] = &["-lm", "-lpthread", "-ldl"];

/// Those of this file; or why they cannot be had.
pub fn all(directory: &Path) -> Result<Vec<Work>, String> {
    fetch(directory)?;
    Program::write(directory, "workers.c", WORKERS);
    Program::write(directory, "execs.c", EXECS);
    let program = |name, source: &str| Program {
        directory: directory.to_owned(),
        name,
        sources: vec!["sqlite3.c".to_owned(), source.to_owned()],
        optimisation: "-O2",
        libraries: LIBRARIES,
    };
    let work = |name: &str, program, arguments: &[&str], of_truth: &[&str]| Work {
        arguments: arguments.iter().map(ToString::to_string).collect(),
        truth: Truth::Counted(of_truth.iter().map(ToString::to_string).collect()),
        ..Work::of(name, Subject::Program(program), Vec::new())
    };
    let mut works = Vec::new();
    for (size, rows) in [("short", 2_000), ("middle", 100_000), ("long", 900_000)] {
        let input = format!("{size}.sql");
        Program::write(directory, &input, &JOB.replace("@ROWS@", &rows.to_string()));
        works.push(Work {
            input: Some(directory.join(input)),
            ..work(
                &format!("sqlite's shell, a {size} job"),
                program("shell", "shell.c"),
                &["-batch", ":memory:"],
                &[],
            )
        });
    }
    works.push(work(
        "one short run of sqlite's shell",
        program("shell", "shell.c"),
        &[":memory:", "select 1"],
        &[],
    ));
    works.push(work("100 execs of sqlite's shell", program("execs", "execs.c"), &[], &[]));
    let forks =
        |name: &str, arguments: &[&str]| work(name, program("workers", "workers.c"), arguments, &["exit"]);
    works.push(forks("300 forks, each with a sqlite job", &[]));
    works.push(forks("300 forks, each with a sqlite job in 1 thread", &["1"]));
    works.push(forks("300 forks, each with a sqlite job in 4 threads", &["4"]));
    works.push(Work {
        before_all: vec![filter(&directory.join("filter"))],
        ..forks("300 forks, each with a sqlite job, all in a seccomp filter", &[])
    });
    Ok(works)
}

/// A program that runs another in a filter that allows everything, as containers have filters.
fn filter(directory: &Path) -> OsString {
    Program::write(directory, "allow_all.c", ALLOW_ALL);
    let made = directory.join("allow_all");
    let status = Command::new("gcc").arg(directory.join("allow_all.c")).arg("-o").arg(&made).status();
    assert!(status.expect("gcc").success(), "allow_all.c cannot be compiled");
    made.into()
}

fn fetch(directory: &Path) -> Result<(), String> {
    if directory.join("sqlite3.c").is_file() {
        return Ok(());
    }
    eprintln!("fetching sqlite's source");
    let output =
        Command::new("sh").arg(Path::new(HERE).join("fetch.sh")).arg(directory).output().expect("a shell");
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().last().unwrap_or("its source cannot be had").to_owned())
}
