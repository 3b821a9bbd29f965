//! The public interface of the data file: the views of its schema, and the queries of `docs/data-file.md`.

use crate::support::{KEEP, load, run, run_files, run_of, view_of};
use forkcov::data::combine::{CombineOptions, combine};
use forkcov::data::{RunSnapshots, SourceSnapshot};
use rusqlite::Connection;
use std::collections::BTreeSet;

#[test]
fn the_view_of_hit_lines_agrees_with_the_report() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    combine(&run(&data_file, "aa", 5), &data_file, &KEEP).unwrap();
    let view = load(&data_file);
    let mut expected = BTreeSet::new();
    for file in &view.files {
        for (process, lines) in &file.hits {
            let process = &view.processes[*process];
            expected.extend(lines.iter().map(|line| (process.pid, file.path.display().to_string(), line)));
        }
    }
    let connection = Connection::open(&data_file).unwrap();
    let mut statement = connection.prepare("SELECT pid, path, line FROM line_hit").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let found: BTreeSet<(i32, String, u32)> = rows.collect::<Result<_, _>>().unwrap();
    assert_eq!(found, expected);
}

#[test]
fn the_documented_queries_run() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    let texts = RunSnapshots { files: vec![("/src/main.c".to_owned(), SourceSnapshot::Missing)] };
    texts.write(&run_files(&data_file, "aa")).unwrap();
    combine(&run(&data_file, "aa", 3), &data_file, &KEEP).unwrap();
    let connection = Connection::open(&data_file).unwrap();
    let text = include_str!("../../docs/data-file.md");
    let queries: Vec<_> =
        text.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(queries.len() >= 3);
    for query in queries {
        let mut statement = connection.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let mut rows = statement.query([]).unwrap();
        assert!(rows.next().unwrap().is_some(), "nothing comes of {query}");
    }
}

#[test]
fn equal_sets_are_stored_once_and_unused_ones_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let data_file = directory.path().join("d");
    combine(&run(&data_file, "aa", 31), &data_file, &KEEP).unwrap();
    // The same processes, having run more.
    let others = directory.path().join("e");
    let later = run_of(&others, "aa", 31, 15);
    combine(&later, &data_file, &CombineOptions { append: true, keep: true, rewrite: None }).unwrap();
    let connection = Connection::open(&data_file).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(load(&data_file), view_of(&later), "the earlier records say less");
    let used = "SELECT count(*) FROM (SELECT lines FROM hit UNION SELECT functions FROM hit
                                      UNION SELECT branches FROM hit WHERE branches IS NOT NULL
                                      UNION SELECT lines FROM executable
                                      UNION SELECT branches FROM executable WHERE branches IS NOT NULL
                                      UNION SELECT snapshots FROM run)";
    assert_eq!(count("SELECT count(*) FROM number_set"), count(used));
    assert_eq!(count("SELECT count(DISTINCT numbits) FROM number_set"), count(used));
    assert_eq!(count("SELECT count(*) FROM meta WHERE key = 'schema' AND value = '6'"), 1);
}
