//! The documents are true: the rooms of `src` are as ARCHITECTURE.md has them (which uses which, where unsafe
//! code is), and the files that documents name exist.
//!
//! A room is a directory of `src`, or a file directly in it. What is compiled for tests alone is not looked
//! at.

#[macro_use]
extern crate forkcov_testing;

mod document;
mod graph;
mod sources;
mod tokens;

use forkcov_testing::paths;
use graph::Graph;
use sources::SourceFile;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

harness!();

/// How many columns a comment of `src` has at most; rustfmt.toml has the same number for code.
const WIDTH: usize = 110;

fn root() -> &'static Path {
    paths::repository()
}

fn architecture() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

/// Where the sources and the table differ.
fn differences(used: &Graph, allowed: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut differences = Vec::new();
    for (room, used) in used {
        let Some(allowed) = allowed.get(room) else {
            differences.push(format!("`{room}` has no row"));
            continue;
        };
        for (to, place) in used.iter().filter(|(to, _)| !allowed.contains(*to)) {
            differences.push(format!("`{room}` may not use `{to}`: {place}"));
        }
        for to in allowed.iter().filter(|to| !used.contains_key(*to)) {
            differences.push(format!("`{room}` may use `{to}`, and does not"));
        }
    }
    differences.extend(
        allowed
            .keys()
            .filter(|room| !used.contains_key(*room))
            .map(|room| format!("no room is called `{room}`")),
    );
    differences
}

#[test]
fn rooms_use_what_they_may_use_and_all_of_it() {
    let used = graph::by_room(&sources::source_files(root()));
    let differences = differences(&used, &document::permissions(&architecture()));
    assert!(differences.is_empty(), "ARCHITECTURE.md and the sources differ:\n{}", differences.join("\n"));
}

/// The steps of a circle, one in each line.
fn steps(graph: &Graph) -> Option<String> {
    let step = |pair: &[String]| format!("`{}` uses `{}`: {}", pair[0], pair[1], graph[&pair[0]][&pair[1]]);
    Some(graph::circle(graph)?.windows(2).map(step).collect::<Vec<_>>().join("\n"))
}

#[test]
fn rooms_use_each_other_in_no_circle() {
    if let Some(steps) = steps(&graph::by_room(&sources::source_files(root()))) {
        panic!("rooms use each other in a circle:\n{steps}");
    }
}

#[test]
fn circles_within_rooms_are_where_the_table_says() {
    let allowed = document::circles(&architecture());
    let graphs = graph::within_rooms(&sources::source_files(root()));
    let circles: BTreeMap<&String, String> =
        graphs.iter().filter_map(|(directory, graph)| Some((directory, steps(graph)?))).collect();
    let mut differences: Vec<String> = circles
        .iter()
        .filter(|(directory, _)| !allowed.contains(**directory))
        .map(|(directory, steps)| format!("a circle in src/{directory}:\n{steps}"))
        .collect();
    let gone = allowed.iter().filter(|directory| !circles.contains_key(directory));
    differences.extend(gone.map(|directory| format!("no circle is in src/{directory} any more")));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_room_has_a_heading() {
    let rooms: BTreeSet<String> = graph::by_room(&sources::source_files(root())).into_keys().collect();
    assert_eq!(document::headings(&architecture()), rooms);
}

#[test]
fn unsafe_code_is_where_the_table_says() {
    let files = sources::source_files(root());
    let places = document::unsafe_places(&architecture());
    let is_in = |file: &SourceFile, place: &String| {
        if place.ends_with('/') { file.path.starts_with(place.as_str()) } else { file.path == *place }
    };
    let (with, without): (Vec<_>, Vec<_>) = files
        .iter()
        .filter(|file| !file.unsafe_lines().is_empty())
        .partition(|file| places.iter().any(|place| is_in(file, place)));
    let outside: Vec<_> =
        without.iter().map(|file| format!("{}:{:?}", file.path, file.unsafe_lines())).collect();
    assert!(outside.is_empty(), "unsafe code that ARCHITECTURE.md does not name: {outside:?}");
    let unused: Vec<_> = places.iter().filter(|place| !with.iter().any(|file| is_in(file, place))).collect();
    assert!(unused.is_empty(), "no unsafe code is in {unused:?}");
}

#[test]
fn comments_are_no_wider_than_code() {
    let mut wide = Vec::new();
    for (path, source) in sources::read_all(root(), &["rs", "c", "h", "sql"]) {
        let lines = source.lines().enumerate().filter(|(_, line)| line.chars().count() > WIDTH);
        let comments = lines.filter(|(_, line)| has_comment(line, path.ends_with(".sql")));
        wide.extend(comments.map(|(index, _)| format!("{path}:{}", index + 1)));
    }
    assert!(wide.is_empty(), "wider than {WIDTH} columns:\n{}", wide.join("\n"));
}

/// `Path::display` prints a name as it is; the room `quote` does not.
#[test]
fn names_are_written_by_quote() {
    let mut displayed = Vec::new();
    for (path, source) in sources::read_all(root(), &["rs"]) {
        let is_test = path.ends_with("tests.rs") || path.ends_with("replay.rs");
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        if code.contains(".display()") && !is_test {
            displayed.push(path);
        }
    }
    assert!(displayed.is_empty(), "use quote::path in {displayed:?}");
}

/// Whether a line has a comment: the whole of it, or what follows code.
fn has_comment(line: &str, is_sql: bool) -> bool {
    let sign = if is_sql { "--" } else { "//" };
    line.trim_start().starts_with(sign) || line.contains(&format!(" {sign} "))
}

#[test]
fn documents_name_files_that_exist() {
    let mut documents = Vec::new();
    for directory in [root().to_owned(), root().join("docs"), root().join("docs/decisions")] {
        let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        documents.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    // The changelog may name what was.
    documents.retain(|path| !path.ends_with("CHANGELOG.md"));
    let mut missing = Vec::new();
    for path in documents {
        let document = fs::read_to_string(&path).unwrap();
        let paths = document::paths(&document).into_iter().map(|named| root().join(named));
        let links = document::links(&document).into_iter().map(|link| path.parent().unwrap().join(link));
        let of_this = paths.chain(links).filter(|file| !file.exists());
        missing.extend(of_this.map(|file| format!("{} names {}", path.display(), file.display())));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_test_that_shows_something_exists() {
    let shown = fs::read_to_string(root().join("docs/shown.md")).unwrap();
    let architecture = architecture();
    let mut named = document::shown_by(&shown);
    named.extend(document::file_names(&architecture).into_iter().map(str::to_owned));
    let mut names = BTreeSet::new();
    for directory in ["test-programs", "tests", "src"] {
        names_below(&root().join(directory), &mut names);
    }
    let exists = |word: &String| match word.split_once('*') {
        Some((start, end)) => names.iter().any(|name| name.starts_with(start) && name.ends_with(end)),
        None => names.contains(word),
    };
    named.retain(|word| !exists(word));
    assert!(named.is_empty(), "docs/shown.md and ARCHITECTURE.md name {named:?}");
}

#[test]
fn every_suite_is_described() {
    let entries = fs::read_dir(root().join("tests")).unwrap().map(|entry| entry.unwrap().path());
    let suites = entries.filter(|path| path.is_file() || path.join("main.rs").exists());
    let mut names: Vec<String> =
        suites.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let described = document::suites(&architecture());
    names.retain(|name| !described.contains(name));
    assert!(names.is_empty(), "ARCHITECTURE.md says nothing of the suites {names:?}");
}

/// The names of all files and directories below one; those of Rust's sources without their extension, too.
fn names_below(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        names.insert(name.trim_end_matches(".rs").to_owned());
        names.insert(name.to_owned());
        if path.is_dir() {
            names_below(&path, names);
        }
    }
}

#[test]
fn a_table_that_is_wrong_either_way_is_found() {
    let used = |to: &[&str]| to.iter().map(|to| ((*to).to_owned(), "src/a.rs:1".to_owned())).collect();
    let may = |to: &[&str]| to.iter().map(|to| (*to).to_owned()).collect();
    let sources =
        [("a".to_owned(), used(&["b", "c"])), ("b".to_owned(), used(&[])), ("c".to_owned(), used(&[]))]
            .into();
    let right =
        [("a".to_owned(), may(&["b", "c"])), ("b".to_owned(), may(&[])), ("c".to_owned(), may(&[]))].into();
    assert_eq!(differences(&sources, &right), [""; 0]);
    let wrong =
        [("a".to_owned(), may(&["b", "d"])), ("b".to_owned(), may(&[])), ("d".to_owned(), may(&[]))].into();
    assert_eq!(
        differences(&sources, &wrong),
        [
            "`a` may not use `c`: src/a.rs:1",
            "`a` may use `d`, and does not",
            "`c` has no row",
            "no room is called `d`"
        ]
    );
}
