//! Facts are of a process, a context and a unit.

use crate::support::{KEEP, context, load, object, result, run_files, start, table};
use forkcov::data::TestResult;
use forkcov::data::combine::{CombineOptions, combine};
use forkcov::data::hit_file::HitFile;
use forkcov::data::view::Branch;
use rusqlite::Connection;
use std::path::Path;
use std::slice;

/// Two processes; the first one runs a test twice and another one between.
fn write(data_file: &Path) {
    let files = run_files(data_file, "aa");
    let name = table("server", 40).write(&files, 0).unwrap();
    let object = object(&name, 40);
    let mut first = HitFile::create(&files, &start("aa", 0)).unwrap();
    first.set_all(object, [0..=1]).unwrap();
    first.context(&context("login", 2000.0)).unwrap();
    first.set_all(object, [0..=3]).unwrap();
    first.context(&context("logout", 2001.0)).unwrap();
    first.set_all(object, [2..=2]).unwrap();
    first.context(&context("login", 2002.0)).unwrap();
    first.set_all(object, [6..=6]).unwrap();
    results().iter().for_each(|result| first.result(result).unwrap());
    let mut second = HitFile::create(&files, &start("aa", 1)).unwrap();
    second.context(&context("login", 2000.5)).unwrap();
    second.set_all(object, [6..=6]).unwrap();
}

/// Of a test that it ran, of one of another process, and of what is none.
fn results() -> [TestResult; 3] {
    [result("login", true, 2003.0), result("other", false, 2003.5), result("no test", true, 2004.0)]
}

fn rows(data_file: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(data_file).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

const LINES: &str = "SELECT pid || ' ' || context || ': ' || group_concat(line, ' ')
    FROM (SELECT * FROM line_hit ORDER BY line) GROUP BY pid, context ORDER BY pid, context";
const BRANCHES: &str =
    "SELECT pid || ' ' || context || ': ' || group_concat(line || '.' || jump || '.' || way, ' ')
    FROM (SELECT * FROM branch_hit ORDER BY line) GROUP BY pid, context ORDER BY pid, context";

#[test]
fn a_data_file_says_in_which_context_each_process_ran_a_line_and_took_a_branch() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    write(&data_file);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let (copy, again) = (directory.path().join("copy"), directory.path().join("again"));
    combine(slice::from_ref(&data_file), &copy, &KEEP).unwrap();
    combine(&[copy.clone(), data_file.clone()], &again, &KEEP).unwrap();
    for data_file in [data_file, copy, again] {
        let expected = ["100 : 1 2", "100 login: 1 2 3 4 7", "100 logout: 3", "101 login: 7"];
        assert_eq!(rows(&data_file, LINES), expected);
        let expected = ["100 : 1.0.0", "100 login: 1.0.0 4.3.3 7.2.1", "101 login: 7.2.1"];
        assert_eq!(rows(&data_file, BRANCHES), expected);
        let view = load(&data_file);
        let names = |process: usize| {
            let contexts = view.processes[process].contexts.iter();
            contexts.map(|context| (context.name.as_str(), context.started)).collect::<Vec<_>>()
        };
        assert_eq!(
            (&view.processes[0].results[..], &view.processes[1].results[..]),
            (&results()[..], &[][..])
        );
        assert_eq!(view.contexts, ["login", "logout"]);
        assert_eq!(names(0), [("login", 2000.0), ("logout", 2001.0), ("login", 2002.0)]);
        assert_eq!(names(1), [("login", 2000.5)]);
    }
}

#[test]
fn a_report_counts_a_process_once_however_many_contexts_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    write(&data_file);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let view = load(&data_file);
    let main = view.files.iter().find(|file| file.path.ends_with("main.c")).unwrap();
    let hits: Vec<_> =
        main.hits.iter().map(|(process, lines)| (*process, lines.iter().collect::<Vec<_>>())).collect();
    assert_eq!(hits, [(0, vec![1, 3, 7]), (1, vec![7])]);
    let entered: Vec<_> = main.functions.iter().take(2).map(|it| (it.line, it.processes)).collect();
    assert_eq!(entered, [(1, 1), (5, 0)]);
}

#[test]
fn a_view_has_the_directions_that_each_process_took() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    write(&data_file);
    combine(&[], &data_file, &CombineOptions::default()).unwrap();
    let view = load(&data_file);
    assert!(view.has_branches);
    let main = view.files.iter().find(|file| file.path.ends_with("main.c")).unwrap();
    let branches: Vec<_> = main.branches.iter().map(|it| (it.line, it.jump, it.way)).collect();
    let all = [(1, 0, 0), (7, 2, 1), (13, 0, 2), (19, 2, 3), (25, 0, 4), (31, 2, 0), (37, 0, 1)];
    assert_eq!(branches, all);
    let taken = |process: usize| {
        let taken = &main.taken[process];
        let is_taken = |branch: &&Branch| taken.1.contains(branch.ordinal);
        let taken_by = main.branches.iter().filter(is_taken).map(|it| (it.line, it.jump, it.way));
        (taken.0, taken_by.collect::<Vec<_>>())
    };
    assert_eq!(taken(0), (0, vec![(1, 0, 0), (7, 2, 1)]));
    assert_eq!(taken(1), (1, vec![(7, 2, 1)]));
}

#[test]
fn a_later_record_of_a_process_has_the_contexts_of_the_earlier_one() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let files = run_files(&data_file, "aa");
    let mut file = HitFile::create(&files, &start("aa", 0)).unwrap();
    file.context(&context("first", 2000.0)).unwrap();
    combine(&[file.path().unwrap()], &data_file, &KEEP).unwrap();
    file.context(&context("second", 2001.0)).unwrap();
    let append = CombineOptions { append: true, keep: true, rewrite: None };
    combine(&[file.path().unwrap()], &data_file, &append).unwrap();
    let contexts = load(&data_file).processes.remove(0).contexts;
    assert_eq!(contexts, [context("first", 2000.0), context("second", 2001.0)]);
}
