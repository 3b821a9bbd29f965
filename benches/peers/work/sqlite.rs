//! sqlite's shell with jobs in SQL, and processes that use its library; of Debian's source.

use super::{ALL_BUILDS, Subject, Truth, Work};
use crate::build::Program;
use std::path::Path;
use std::process::Command;

/// Beside the sources of this benchmark.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/sqlite");
const JOB: &str = include_str!("../sqlite/job.sql");
const WORKERS: &str = include_str!("../sqlite/workers.c");
const LIBRARIES: &[&str] = &["-lm", "-lpthread", "-ldl"];

/// Those of this file; or why they cannot be had.
pub fn all(directory: &Path) -> Result<Vec<Work>, String> {
    fetch(directory)?;
    Program::write(directory, "workers.c", WORKERS);
    let program = |name, source: &str| Program {
        directory: directory.to_owned(),
        name,
        sources: vec!["sqlite3.c".to_owned(), source.to_owned()],
        optimisation: "-O2",
        libraries: LIBRARIES,
    };
    let work = |name: &str, program, arguments: &[&str], of_truth: &[&str]| Work {
        name: name.to_owned(),
        subject: Subject::Program(program),
        arguments: arguments.iter().map(ToString::to_string).collect(),
        input: None,
        builds: ALL_BUILDS,
        is_cold: false,
        truth: Truth::Counted(of_truth.iter().map(ToString::to_string).collect()),
        pairs: None,
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
    works.push(work("300 forks, each with a sqlite job", program("workers", "workers.c"), &[], &["exit"]));
    Ok(works)
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
