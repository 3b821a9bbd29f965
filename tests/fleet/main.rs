//! `forkcov parquet`: the queries of docs/fleet.md, run by DuckDB over the tables of many runs.

#[macro_use]
extern crate forkcov_testing;

mod engine;
mod facts;

use engine::{DUCKDB, check, prepare};
use facts::Size;
use forkcov_testing::interpreter::{self, Interpreter};
use forkcov_testing::needs::{self, Lack};
use forkcov_testing::sandbox::{Sandbox, text};
use std::fs;
use std::path::{Path, PathBuf};

harness!();

/// An interpreter for which PyPI has DuckDB.
fn python() -> PathBuf {
    let mut found = interpreter::found(11..=14).into_iter().rev();
    let fits = found.find(Interpreter::has_packages);
    fits.map_or_else(
        || needs::give_up(Lack::python(13, "no CPython from 3.11 on can make environments")),
        |python| python.path,
    )
}

#[test]
fn duckdb_answers_the_queries_of_the_document() {
    let directory = tempfile::tempdir().unwrap();
    let size = Size { runs: 16, tests: 8, sources: 40 };
    prepare(size, directory.path());
    let answers = size.answers();
    assert!(!answers.stale.is_empty() && !answers.redundant.is_empty() && answers.of_line.len() > 1);
    check(&DUCKDB.run(&python(), &directory.path().join("tables")).unwrap(), &answers);
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { files(&entry, found) } else { found.push(entry) }
    }
}

#[test]
fn a_run_that_is_written_again_takes_the_place_of_its_files() {
    let place = Sandbox::new();
    place.write("a.c", "int main(void) {\n    return 0;\n}\n", 0o644);
    place.cc(&["-g", "-o", "a", "a.c"]);
    for _ in 0..2 {
        place.succeeds(&["run", "-q", "-a", "--", "./a"]);
    }
    let written = place.succeeds(&["parquet", "--repository", "an odd/name"]);
    assert_eq!(text(&written.stderr), "forkcov: wrote 2 runs into forkcov-parquet\n");
    place.succeeds(&["parquet", "--repository", "an odd/name"]);
    let mut found = Vec::new();
    files(&place.path("forkcov-parquet"), &mut found);
    assert_eq!(found.len(), 12, "{found:?}");
    let name = found[0].display().to_string();
    assert!(name.contains("/repo=an%20odd%2Fname/run=") && name.ends_with("/data.parquet"), "{name}");
}

#[test]
fn what_cannot_be_written_is_said() {
    let place = Sandbox::new();
    place.write("a.c", "int main(void) {\n    return 0;\n}\n", 0o644);
    place.cc(&["-g", "-o", "a", "a.c"]);
    place.succeeds(&["run", "-q", "--", "./a"]);
    place.write("tables", "", 0o644);
    let failed = place.command(&["parquet", "-o", "tables"]).output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
    let said = text(&failed.stderr);
    assert!(said.starts_with("forkcov: failed to write tables/"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
