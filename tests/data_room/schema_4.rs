//! Data files of schema 4, as earlier versions wrote them: they are read, and combined into the present one.

use crate::support::{KEEP, load, run, table, view_of};
use forkcov::data::Target;
use forkcov::data::combine::{CombineOptions, check_output, combine};
use forkcov::data::view::View;
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::slice;

const SCHEMA: &str = include_str!("schema_4.sql");

/// The data of a run of 3 processes as a data file of schema 4.
fn old_data_file(directory: &Path) -> PathBuf {
    let (new, old) = (directory.join("new"), directory.join("old"));
    combine(&run(&new, "aa", 3), &new, &CombineOptions::default()).unwrap();
    let connection = Connection::open(&old).unwrap();
    connection.pragma_update(None, "application_id", i32::from_be_bytes(*b"fork")).unwrap();
    connection.pragma_update(None, "user_version", 4).unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection.execute("ATTACH ? AS new", [new.to_str().unwrap()]).unwrap();
    for same in ["process", "image", "number_set", "file", "source_snapshot", "run", "function", "object"] {
        connection.execute(&format!("INSERT INTO {same} SELECT * FROM new.{same}"), []).unwrap();
    }
    connection
        .execute_batch(
            "INSERT INTO object_path SELECT * FROM new.object_path;
             INSERT INTO executable SELECT object, file, lines FROM new.executable;
             INSERT INTO hit SELECT process, file, lines, functions FROM new.hit;
             INSERT INTO meta VALUES ('schema', '4'), ('forkcov', '0.1.0')",
        )
        .unwrap();
    old
}

/// The view as a data file without branches gives it.
fn without_branches(mut view: View) -> View {
    for file in &mut view.files {
        file.branches.clear();
        file.taken.clear();
        file.known_to_branch = None;
    }
    View { has_branches: false, ..view }
}

#[test]
fn it_is_reported_as_the_present_one() {
    let directory = tempfile::tempdir().unwrap();
    let old = old_data_file(directory.path());
    let before = fs::read(&old).unwrap();
    let view = load(&old);
    assert_eq!(view, without_branches(load(&directory.path().join("new"))));
    assert!(view.files.iter().any(|file| !file.hits.is_empty()));
    assert_eq!(fs::read(&old).unwrap(), before);
}

#[test]
fn it_is_combined_into_the_present_one() {
    let directory = tempfile::tempdir().unwrap();
    let old = old_data_file(directory.path());
    let expected = load(&old);
    let output = directory.path().join("out");
    assert_eq!(combine(slice::from_ref(&old), &output, &KEEP).unwrap().damaged, []);
    assert_eq!((load(&output), schema(&output)), (expected, 6));
}

#[test]
fn what_is_added_to_it_makes_it_the_present_one() {
    let directory = tempfile::tempdir().unwrap();
    let old = old_data_file(directory.path());
    check_output(&Target::of(&old).unwrap(), true).unwrap();
    let more = run(&old, "bb", 2);
    let expected = view_of(&[&more[..], &[directory.path().join("new")]].concat());
    combine(&[], &old, &CombineOptions { append: true, keep: false, rewrite: None }).unwrap();
    let view = load(&old);
    let branches: usize = view.files.iter().map(|file| file.branches.len()).sum();
    assert_eq!(branches, table("server", 40).branches.len(), "those of the new run");
    assert_eq!((without_branches(view), schema(&old)), (without_branches(expected), 6));
    assert!(table("server", 40).branches.len() > 1, "the new run has branches");
}

#[test]
fn one_of_schema_5_has_no_results_of_tests() {
    let directory = tempfile::tempdir().unwrap();
    let old = directory.path().join("old");
    combine(&run(&directory.path().join("d"), "aa", 3), &old, &CombineOptions::default()).unwrap();
    let expected = load(&old);
    let connection = Connection::open(&old).unwrap();
    connection.execute_batch("DROP TABLE test_result; PRAGMA user_version = 5").unwrap();
    drop(connection);
    assert_eq!(load(&old), expected);
    let output = directory.path().join("out");
    assert_eq!(combine(slice::from_ref(&old), &output, &KEEP).unwrap().damaged, []);
    assert_eq!((load(&output), schema(&output)), (expected, 6));
}

fn schema(data_file: &Path) -> i32 {
    Connection::open(data_file).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}
