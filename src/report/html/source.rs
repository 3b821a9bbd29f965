//! The page of a source, with the processes that ran each line.

use super::super::branches::{Direction, FileBranches};
use super::super::coverage::FileCoverage;
use super::super::naming::distinct;
use super::super::regions::FirstLines;
use super::super::totals::Part;
use super::super::versions;
use super::language::language;
use super::page::{Measure, Page};
use super::sets::{FileSets, ParentsAndChildren, RanOnlyIn, SetNumbers};
use super::tests::TestsOfFile;
use crate::data::view::Function;
use crate::quote;
use crate::source_file;
use askama::Template;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// How many characters of the source's name the name of its page keeps.
const NAME_LENGTH: usize = 80;
/// Digits of the hash of the path.
const HASH_DIGITS: usize = 16;

/// The address of the page of `path` within the report. It is the same in all reports, so that links stay
/// valid.
pub(super) fn address(path: &Path) -> String {
    let hash = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = name.chars().take(NAME_LENGTH).map(plain).collect();
    format!("source/{name}.{}.html", &hash[..HASH_DIGITS])
}

/// Whether `name` is the file name of such a page.
pub(super) fn is_address(name: &str) -> bool {
    let hash = name.strip_suffix(".html").and_then(|name| name.rsplit_once('.'));
    hash.is_some_and(|(_, hash)| {
        hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[derive(Template)]
#[template(path = "source.html")]
pub(super) struct SourcePage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    name: &'a str,
    /// Why the text may not be what ran, or cannot be shown.
    warning: Option<String>,
    measure: Measure,
    excluded: usize,
    only_in_children: usize,
    only_in_parents: usize,
    /// The lines, in parts: a browser lays out only the visible parts.
    parts: Vec<Vec<SourceLine>>,
    functions: Vec<FunctionRow>,
    /// The sets of processes, as JSON.
    sets: String,
    /// The tests of each line, as JSON of numbers and fixed words. Empty if there are none.
    tests: String,
    /// How many lines ran without taking every direction of their branches.
    partial: usize,
    /// Are its lines those of a runtime?
    is_of_runtime: bool,
    /// See [`language`].
    language: &'static str,
    /// The directions of the branches of each line, as JSON. Empty if there are none.
    branches: String,
}

struct SourceLine {
    number: u32,
    text: String,
    state: LineState,
    /// The directions of its branches, if it has any.
    branches: Option<Part>,
}

impl SourceLine {
    /// Did it run, and its branches did not go every way?
    fn is_partial(&self) -> bool {
        let is_hit = matches!(self.state, LineState::Hit(_));
        is_hit && self.branches.is_some_and(|part| part.missing() > 0)
    }
}

enum LineState {
    NoCode,
    Excluded,
    Missed,
    Hit(LineHit),
}

struct LineHit {
    set: usize,
    processes: usize,
    only: RanOnlyIn,
}

impl LineHit {
    fn class(&self) -> &'static str {
        match self.only {
            RanOnlyIn::Children => "l h c",
            RanOnlyIn::Parents => "l h p",
            RanOnlyIn::Neither => "l h",
        }
    }
}

struct FunctionRow {
    name: String,
    line: u32,
    set: Option<usize>,
    processes: usize,
}

/// Lines per part.
const PART_LINES: usize = 200;

pub(super) fn page<'a>(
    page: &'a Page,
    name: &'a str,
    file: &FileCoverage,
    FileSets { sets, lines: reached, functions: entered, branches: taken }: &FileSets,
    families: &ParentsAndChildren,
    tests: Option<&TestsOfFile>,
) -> SourcePage<'a> {
    let source = file.source;
    // If only parents, or only children, ran the file at all, lines are not marked.
    let all: Vec<usize> = source.hits.iter().map(|(process, _)| *process).collect();
    let is_mixed = families.only(&all) == RanOnlyIn::Neither;
    let state = |number: u32| {
        if source.excluded.contains(number) {
            LineState::Excluded
        } else if !source.executable.contains(number) {
            LineState::NoCode
        } else if let Some(&set) = reached.get(&number) {
            let processes = sets.get(set);
            let only = if is_mixed { families.only(processes) } else { RanOnlyIn::Neither };
            LineState::Hit(LineHit { set, processes: processes.len(), only })
        } else {
            LineState::Missed
        }
    };
    let read = source_file::read(&source.path);
    let warning = versions::notice(source).or_else(|| {
        let why = read.as_ref().err()?;
        Some(format!("It cannot be read: {why}. These are the lines that are known of it."))
    });
    let branches = FileBranches::of(file);
    let text = String::from_utf8_lossy(read.as_deref().unwrap_or_default());
    let lines = versions::lines_of(source, &text);
    let lines: Vec<SourceLine> = lines
        .map(|(number, text)| SourceLine {
            number,
            text: quote::source_line(text).into_owned(),
            state: state(number),
            branches: branches.part(number),
        })
        .collect();

    let count = |only: RanOnlyIn| {
        let is_it = |line: &&SourceLine| matches!(&line.state, LineState::Hit(hit) if hit.only == only);
        lines.iter().filter(is_it).count()
    };
    let (only_in_children, only_in_parents) = (count(RanOnlyIn::Children), count(RanOnlyIn::Parents));
    let first_lines = FirstLines::of(source);
    let function = |(name, function): (Cow<str>, &Function)| FunctionRow {
        name: quote::text(&name).into_owned(),
        line: first_lines.at(function).unwrap_or(function.line),
        set: entered.get(&function.ordinal).copied(),
        processes: function.processes,
    };
    let partial = lines.iter().filter(|line| line.is_partial()).count();
    SourcePage {
        page,
        to_root: "../",
        name,
        warning,
        measure: Measure::of(file.totals, page),
        excluded: source.excluded.len(),
        only_in_children,
        only_in_parents,
        parts: parts(lines),
        functions: distinct(&source.functions).into_iter().map(function).collect(),
        // Nothing that needs escaping in HTML.
        sets: serde_json::to_string(sets).unwrap_or_default(),
        tests: tests.and_then(|tests| serde_json::to_string(tests).ok()).unwrap_or_default(),
        partial,
        is_of_runtime: source.runtime.is_some(),
        language: language(&source.path, source.runtime.as_deref()),
        branches: ways(&branches, taken, tests),
    }
}

/// A direction in the page: jump, way, the set of processes that took it, and the set of tests.
type Way = (u32, i64, Option<usize>, Option<usize>);

/// The directions of each line, as JSON without a character that needs escaping in HTML: a list by line.
fn ways(branches: &FileBranches, taken: &SetNumbers, tests: Option<&TestsOfFile>) -> String {
    let mut lines: BTreeMap<u32, Vec<Way>> = BTreeMap::new();
    for Direction { branch, .. } in branches.directions() {
        let set = taken.get(&branch.ordinal).copied();
        let of_tests = tests.and_then(|tests| tests.taken.get(&branch.ordinal)).copied();
        lines.entry(branch.line).or_default().push((branch.jump, branch.way, set, of_tests));
    }
    if lines.is_empty() { String::new() } else { serde_json::to_string(&lines).unwrap_or_default() }
}

fn parts(lines: Vec<SourceLine>) -> Vec<Vec<SourceLine>> {
    let mut parts = Vec::with_capacity(lines.len() / PART_LINES + 1);
    let mut lines = lines.into_iter().peekable();
    while lines.peek().is_some() {
        parts.push(lines.by_ref().take(PART_LINES).collect());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_plain_and_unique_name() {
        let one = address(Path::new("/a/<script> &\"'x\n.c"));
        assert!(one.starts_with("source/_script_____x_.c."), "{one}");
        assert!(is_address(one.strip_prefix("source/").unwrap()));
        assert_ne!(address(Path::new("/a/x.c")), address(Path::new("/b/x.c")));
        assert_eq!(address(Path::new("/a/x.c")), address(Path::new("/a/x.c")));
        let long = address(Path::new(&format!("/{}", "é".repeat(127))));
        assert!(long.len() < 120, "{long}");
    }

    #[test]
    fn other_files_are_not_mistaken_for_pages() {
        for name in ["index.html", "x.c.html", "x.c.0123456789abcdefg.html", "x.c.0123456789abcdef.htm"] {
            assert!(!is_address(name), "{name}");
        }
    }
}
