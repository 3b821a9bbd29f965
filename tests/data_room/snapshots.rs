//! Source snapshots and the labels of runs, from hit files to the view.

use crate::support::{KEEP, load, names_in, process, run, run_files, start, table};
use forkcov::data::combine::{CombineOptions, combine};
use forkcov::data::view::{Filter, ProcessFilter, View};
use forkcov::data::{ProcessStart, RunSnapshots, SourceSnapshot};
use rusqlite::Connection;
use std::path::Path;

fn tell(data_file: &Path, run: &str, snapshots: &[(&str, SourceSnapshot)]) {
    let files = snapshots.iter().map(|(path, text)| ((*path).to_owned(), *text)).collect();
    RunSnapshots { files }.write(&run_files(data_file, run)).unwrap();
}

fn snapshots(view: &View, path: &str) -> Vec<SourceSnapshot> {
    view.files.iter().find(|file| file.path == Path::new(path)).unwrap().snapshots.clone()
}

#[test]
fn each_text_that_runs_tell_of_is_kept_once() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let (old, new) = (SourceSnapshot::of(b"old"), SourceSnapshot::of(b"new"));
    for (name, main) in [("aa", old), ("bb", new), ("cc", new)] {
        run(&data_file, name, 3);
        tell(&data_file, name, &[("/src/main.c", main), ("/src/server.c", old)]);
    }
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let view = load(&data_file);
    let mut both = vec![old, new];
    both.sort_unstable();
    assert_eq!(snapshots(&view, "/src/main.c"), both);
    assert_eq!(snapshots(&view, "/src/server.c"), [old]);
    assert!(view.files[0].is_mixed() && !view.files[1].is_mixed());
    assert_eq!(names_in(directory.path()), ["d"], "what was combined is gone");

    let connection = Connection::open(&data_file).unwrap();
    let sets = "SELECT count(*), count(DISTINCT snapshots) FROM run";
    let counts: (u32, u32) = connection.query_row(sets, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(counts, (3, 2), "equal runs share a set");
}

#[test]
fn a_run_that_was_killed_on_another_machine_has_no_snapshot() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let source = directory.path().join("main.c");
    std::fs::write(&source, "here").unwrap();
    let mut table = table("server", 4);
    table.files[0] = source.to_str().unwrap().to_owned();
    let name = table.write(&run_files(&data_file, "aa"), 0).unwrap();
    let late = ProcessStart { started: 4e9, ..start("aa", 0) };
    process(&data_file, &late, &name, 4, 4);
    combine(&[], &data_file, &KEEP).unwrap();
    assert_eq!(snapshots(&load(&data_file), source.to_str().unwrap()), []);

    // Of this one, the same hit file.
    let host = nix::unistd::gethostname().unwrap().into_string().unwrap();
    let mut other = run_files(&data_file, "bb");
    other.names.host.clone_from(&host);
    let name = table.write(&other, 0).unwrap();
    process(&data_file, &ProcessStart { host, started: 4e9, ..start("bb", 0) }, &name, 4, 4);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    assert_eq!(snapshots(&load(&data_file), source.to_str().unwrap()), [SourceSnapshot::of(b"here")]);
}

#[test]
fn a_label_stays_with_its_run() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let name = table("server", 4).write(&run_files(&data_file, "aa"), 0).unwrap();
    let labelled =
        |run: &str, label: Option<&str>| ProcessStart { label: label.map(str::to_owned), ..start(run, 0) };
    process(&data_file, &labelled("bb", Some("two")), &name, 4, 2);
    process(&data_file, &labelled("aa", Some("one")), &name, 4, 4);
    process(&data_file, &labelled("cc", None), &name, 4, 4);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    // By way of another data file.
    let other = directory.path().join("e");
    combine(&[data_file], &other, &KEEP).unwrap();
    let view = load(&other);
    assert_eq!(view.labels, ["one", "two"]);
    let labels: Vec<_> = view.processes.iter().map(|process| process.label.as_deref()).collect();
    assert_eq!(labels, [Some("one"), Some("two"), None]);

    let labels = ["two".to_owned()];
    let filter = Filter {
        processes: ProcessFilter { labels: &labels, ..ProcessFilter::default() },
        ..Filter::default()
    };
    let chosen = View::load(&other, &filter).unwrap();
    assert_eq!((chosen.processes.len(), chosen.labels.len()), (1, 2));
    assert_eq!(chosen.files[0].hits[0].1.iter().collect::<Vec<_>>(), [1]);
    assert_eq!(chosen.files[0].executable.len(), 2, "what could run is what any run knows");
}
