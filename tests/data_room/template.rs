//! Data files that begin with a template of the cache.

use crate::support::{APPEND, load, numbered, process_in, run_that_goes_on, start, table};
use forkcov::data::combine::{Beginning, CombineOptions, Template, combine_run};
use forkcov::data::view::View;
use forkcov::data::{RunFiles, Target};
use forkcov::plain::stream::{Reader, Stored, Writer};
use std::path::Path;

/// A template of the run's table, as the cache gives it.
fn beginning(files: &RunFiles, table: &str) -> Beginning {
    let mut writer = Writer::new(Vec::new());
    Template::new(&files.directory, table).unwrap().store(&mut writer).unwrap();
    let bytes = writer.finish().unwrap();
    let mut reader = Reader::new(&bytes[..], bytes.len() as u64);
    let template = Template::load(&mut reader).unwrap();
    reader.finish().unwrap();
    Beginning { table: table.to_owned(), template }
}

/// The data file of the run `name`, of three processes.
fn combined(directory: &Path, name: &str, options: &CombineOptions, table: Option<&str>) -> View {
    let data_file = directory.join("d");
    let files = run_that_goes_on(&data_file, name, 3);
    let beginning = table.map(|table| beginning(&files, table));
    let target = Target::of(&data_file).unwrap();
    let summary = combine_run(name, &files.directory, &target, options, beginning.as_ref()).unwrap();
    assert_eq!((summary.processes, summary.damaged.len()), (3, 0));
    assert!(!files.directory.path().exists());
    numbered(load(&data_file))
}

const TABLE: &str = "d.ci-example.c1.0.object";

#[test]
fn a_data_file_is_the_same_with_a_template_and_without() {
    let directory = tempfile::tempdir().unwrap();
    let new = CombineOptions::default();
    let without = combined(directory.path(), "c1", &new, None);
    assert_eq!(without.files.len(), 2);
    assert_eq!(combined(directory.path(), "c1", &new, Some(TABLE)), without);
    // What is in the old data file stays.
    assert_eq!(combined(directory.path(), "c1", &APPEND, Some(TABLE)), without);
}

#[test]
fn an_object_of_which_nothing_ran_is_not_in_the_data_file() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let files = run_that_goes_on(&data_file, "c2", 1);
    let idle = table("idle", 90).write(&files, 1).unwrap();
    let beginning = beginning(&files, &idle);
    let target = Target::of(&data_file).unwrap();
    let options = CombineOptions::default();
    combine_run("c2", &files.directory, &target, &options, Some(&beginning)).unwrap();
    let files: Vec<_> = load(&data_file).files.into_iter().map(|file| file.path).collect();
    assert_eq!(files, [Path::new("/src/main.c"), Path::new("/src/server.c")]);
}

#[test]
fn objects_beside_that_of_the_template_are_added() {
    let directory = tempfile::tempdir().unwrap();
    let both = |with_template: bool| {
        let data_file = directory.path().join("d");
        let files = run_that_goes_on(&data_file, "c3", 2);
        // A second object, which has a source in common with the first.
        let other = table("other", 50).write(&files, 1).unwrap();
        process_in(&files, &start("c3", 2), &other, 50, 33);
        let beginning = with_template.then(|| beginning(&files, &other));
        let target = Target::of(&data_file).unwrap();
        let options = CombineOptions::default();
        combine_run("c3", &files.directory, &target, &options, beginning.as_ref()).unwrap();
        numbered(load(&data_file))
    };
    let without = both(false);
    assert_eq!(without.files.len(), 3);
    assert_eq!(both(true), without);
}
