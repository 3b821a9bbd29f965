//! What ARCHITECTURE.md says of the rooms.

use std::collections::{BTreeMap, BTreeSet};

/// The rooms that each room may use, by the table under "Which room may use which".
pub fn permissions(document: &str) -> BTreeMap<String, BTreeSet<String>> {
    rows(document, "Which room may use which")
        .map(|cells| (cells[0].clone(), cells[1..].iter().cloned().collect()))
        .collect()
}

/// The files and directories that may have unsafe code, by the table under "Unsafe code".
pub fn unsafe_places(document: &str) -> BTreeSet<String> {
    rows(document, "Unsafe code").map(|cells| cells[0].clone()).collect()
}

/// The suites of `tests`, and other tests, by the table under "Tests".
pub fn suites(document: &str) -> BTreeSet<String> {
    rows(document, "Tests").flat_map(|cells| cells.into_iter()).collect()
}

/// The directories of rooms whose modules may use each other in a circle, by the table under "Circles within
/// rooms".
pub fn circles(document: &str) -> BTreeSet<String> {
    rows(document, "Circles within rooms").map(|cells| cells[0].clone()).collect()
}

/// The rooms that have a heading, as in "### `src/tracer`".
pub fn headings(document: &str) -> BTreeSet<String> {
    let headings = document.lines().filter(|line| line.starts_with("### "));
    let quoted = headings.flat_map(in_backticks);
    quoted
        .filter_map(|path| {
            Some(path.strip_prefix("src/")?.trim_end_matches('/').trim_end_matches(".rs").to_owned())
        })
        .collect()
}

/// The files and directories that a document names in backticks, from the root of the repository.
/// `NAME` stands for a name of the reader's choice.
pub fn paths(document: &str) -> BTreeSet<&str> {
    const ROOTS: [&str; 7] = ["src/", "tests/", "testing/", "test-programs/", "benches/", "docs/", ".ci/"];
    let is_path = |text: &&str| {
        ROOTS.iter().any(|root| text.starts_with(root))
            && !text.contains("NAME")
            && !text.contains([' ', '*'])
    };
    document.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).filter(is_path).collect()
}

/// The files that the links of a document lead to, from the directory of the document.
pub fn links(document: &str) -> BTreeSet<&str> {
    let targets = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files =
        targets.filter(|target| !target.contains("://")).filter_map(|target| target.split('#').next());
    files.filter(|file| !file.is_empty()).collect()
}

/// The source files that a document names by their last names alone.
pub fn file_names(document: &str) -> BTreeSet<&str> {
    let quoted = document.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_source = |name: &&str| [".rs", ".c", ".cc", ".py"].iter().any(|end| name.ends_with(end));
    quoted.filter(is_source).filter(|name| !name.contains(['/', ' '])).collect()
}

/// The programs, suites and modules that docs/shown.md names in the last column of its tables; commands are
/// left out.
pub fn shown_by(document: &str) -> BTreeSet<String> {
    let rows = document.lines().filter(|line| line.starts_with('|'));
    let last_cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    let words = last_cells.flat_map(in_backticks).filter(|word| !word.contains(' '));
    words.map(|word| word.rsplit('/').next().unwrap_or_default().to_owned()).collect()
}

/// What stands in backticks in each row of the first table under a heading, the head of the table left out.
fn rows<'a>(document: &'a str, heading: &str) -> impl Iterator<Item = Vec<String>> + use<'a> {
    let title = format!("## {heading}");
    let lines = document.lines().skip_while(move |line| *line != title).skip(1);
    let table = lines.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    table.skip(2).map(in_backticks)
}

fn in_backticks(line: &str) -> Vec<String> {
    line.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_tables_are_read() {
    let document = "# A\n### `src/a`\n### `src/b.rs` and `src/c.rs`\n## Which room may use which\n\n\
        | room | may use |\n|---|---|\n| `a` | `b`, `c` |\n| `b` | nothing of ours |\n\n| `x` | `y` |\n\
        ## Unsafe code\n| place | why |\n|---|---|\n| `src/a/` | kernel |\n";
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        permissions(document),
        [("a".to_owned(), set(&["b", "c"])), ("b".to_owned(), set(&[]))].into()
    );
    assert_eq!(unsafe_places(document), set(&["src/a/"]));
    assert_eq!(headings(document), set(&["a", "b", "c"]));
}

#[test]
fn paths_and_links_are_found() {
    let document =
        "`src/a.rs`, `cargo test`, `src/NAME.rs`, `tests/*`\n[`docs/`](docs/b.md#c) [d](#e) [f](https://g/h)";
    assert_eq!(paths(document), ["docs/", "src/a.rs"].into());
    assert_eq!(
        shown_by("| row | shown by |\n|---|---|\n| `a` | `b.c`, suite `tests/d` of `cargo test` |"),
        ["b.c".to_owned(), "d".to_owned()].into()
    );
    assert_eq!(file_names("`a.rs` of `src/b.rs`, `c d.c`, `e*.py`"), ["a.rs", "e*.py"].into());
    assert_eq!(links(document), ["docs/b.md"].into());
}
