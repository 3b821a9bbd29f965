//! Source files that get another path when they are combined.

use crate::support::{KEEP, load, numbered, run, view_of};
use forkcov::data::combine::{CombineOptions, combine};
use forkcov::data::view::{SourceFile, View};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Both files of a run's program become one that neither was.
fn one_file(path: &str) -> Option<String> {
    matches!(path, "/src/main.c" | "/src/server.c").then(|| "/here/all.c".to_owned())
}

const REWRITE: CombineOptions = CombineOptions { append: false, keep: true, rewrite: Some(&one_file) };

fn only_file(view: &View) -> &SourceFile {
    assert_eq!(view.files.iter().map(|file| &*file.path).collect::<Vec<_>>(), [Path::new("/here/all.c")]);
    &view.files[0]
}

#[test]
fn files_that_get_one_path_are_united_and_each_process_keeps_what_it_ran() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let hit_files = run(&data_file, "ab", 3);
    combine(&hit_files, &data_file, &REWRITE).unwrap();
    let view = load(&data_file);
    let file = only_file(&view);
    assert_eq!(file.executable.iter().collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
    let hits = file.hits.iter().map(|(process, lines)| (*process, lines.iter().collect::<Vec<_>>()));
    let first = |lines: u32| (1..=lines).collect::<Vec<_>>();
    assert_eq!(hits.collect::<Vec<_>>(), [(0, first(10)), (1, first(11)), (2, first(12))]);
    let apart = view_of(&hit_files);
    let functions = |view: &View| {
        let functions = view.files.iter().flat_map(|file| &file.functions);
        let mut functions: Vec<_> =
            functions.map(|function| (function.line, function.name.clone(), function.processes)).collect();
        functions.sort();
        functions
    };
    assert_eq!(functions(&view), functions(&apart));
    assert_eq!((&view.processes, view.programs), (&apart.processes, apart.programs));
}

#[test]
fn a_data_file_gives_what_its_hit_files_give_as_an_input_and_as_the_old_output() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let all: Vec<PathBuf> = ["aa", "bb"].iter().flat_map(|name| run(&path("hits"), name, 3)).collect();
    combine(&all, &path("expected"), &REWRITE).unwrap();
    let expected = numbered(load(&path("expected")));
    only_file(&expected);

    combine(&all, &path("plain"), &KEEP).unwrap();
    combine(&[path("plain")], &path("from data file"), &REWRITE).unwrap();
    assert_eq!(numbered(load(&path("from data file"))), expected);
    combine(&[path("from data file")], &path("again"), &REWRITE).unwrap();
    assert_eq!(numbered(load(&path("again"))), expected);

    combine(&all[..2], &path("old"), &KEEP).unwrap();
    fs::set_permissions(path("old"), Permissions::from_mode(0o640)).unwrap();
    let append = CombineOptions { append: true, ..REWRITE };
    let summary = combine(&all[2..], &path("old"), &append).unwrap();
    assert_eq!((summary.processes, summary.combined.len()), (4, 4), "the old data file is no input");
    assert_eq!(numbered(load(&path("old"))), expected);
    assert_eq!(fs::metadata(path("old")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_damaged_old_data_file_is_neither_read_nor_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let hit_files = run(&data_file, "ab", 2);
    combine(&hit_files, &data_file, &KEEP).unwrap();
    let mut bytes = fs::read(&data_file).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&data_file, &bytes).unwrap();
    let error = combine(&hit_files, &data_file, &CombineOptions { append: true, ..REWRITE }).err().unwrap();
    assert!(error.to_string().contains(data_file.to_str().unwrap()), "{error}");
    assert_eq!(fs::read(&data_file).unwrap(), bytes);
}
