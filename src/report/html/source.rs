//! A source, and who ran its lines.

use super::super::coverage::FileCoverage;
use super::super::names::distinct;
use super::super::versions;
use super::Page;
use super::files::Measure;
use super::sets::{Families, Only, Reach};
use crate::data::view::Function;
use askama::Template;
use std::borrow::Cow;
use std::fs;
use std::path::Path;

/// What the name of a page keeps of the source's name.
const NAME: usize = 80;
/// Digits of the hash of its path.
const DIGITS: usize = 16;

/// The address of the page of `path` within the report: the same in all reports, so that it can be kept.
pub(super) fn address(path: &Path) -> String {
    let hash = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = name.chars().take(NAME).map(plain).collect();
    format!("source/{name}.{}.html", &hash[..DIGITS])
}

/// Is it the name of such a page?
pub(super) fn is_address(name: &str) -> bool {
    let hash = name.strip_suffix(".html").and_then(|name| name.rsplit_once('.'));
    hash.is_some_and(|(_, hash)| hash.len() == DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[derive(Template)]
#[template(path = "source.html")]
pub(super) struct SourcePage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    name: &'a str,
    /// Why the text is not to be trusted, or not there.
    warning: Option<String>,
    measure: Measure,
    excluded: usize,
    only_in_children: usize,
    only_in_parents: usize,
    precision: usize,
    /// In parts of which a browser lays out only what is seen.
    parts: Vec<Vec<Line>>,
    functions: Vec<FunctionRow>,
    /// The sets of processes, as JSON.
    sets: String,
}

struct Line {
    number: u32,
    text: String,
    state: State,
}

enum State {
    NoCode,
    Excluded,
    Missed,
    Hit(Hit),
}

struct Hit {
    set: usize,
    processes: usize,
    only: Only,
}

impl Hit {
    fn class(&self) -> &'static str {
        match self.only {
            Only::Children => "l h c",
            Only::Parents => "l h p",
            Only::Neither => "l h",
        }
    }
}

struct FunctionRow {
    name: String,
    line: u32,
    set: Option<usize>,
    processes: usize,
}

/// Lines of a part.
const PART: usize = 200;

pub(super) fn page<'a>(
    page: &'a Page,
    name: &'a str,
    file: &FileCoverage,
    Reach { sets, lines: reached, functions: entered }: &Reach,
    families: &Families,
    precision: usize,
) -> SourcePage<'a> {
    let source = file.source;
    // Where only parents, or only children, ran at all, that is said nowhere.
    let all: Vec<usize> = source.hits.iter().map(|(process, _)| *process).collect();
    let is_mixed = families.only(&all) == Only::Neither;
    let state = |number: u32| {
        if source.excluded.contains(number) {
            State::Excluded
        } else if !source.executable.contains(number) {
            State::NoCode
        } else if let Some(&set) = reached.get(&number) {
            let processes = sets.get(set);
            let only = if is_mixed { families.only(processes) } else { Only::Neither };
            State::Hit(Hit { set, processes: processes.len(), only })
        } else {
            State::Missed
        }
    };
    let read = fs::read(&source.path);
    let warning = versions::notice(source).or_else(|| {
        let why = read.as_ref().err()?;
        Some(format!("It cannot be read: {why}. These are the lines that are known of it."))
    });
    let text = String::from_utf8_lossy(read.as_deref().unwrap_or_default());
    let lines = versions::lines_of(source, &text);
    let lines: Vec<Line> =
        lines.map(|(number, text)| Line { number, text: text.to_owned(), state: state(number) }).collect();

    let count = |only: Only| {
        let is_it = |line: &&Line| matches!(&line.state, State::Hit(hit) if hit.only == only);
        lines.iter().filter(is_it).count()
    };
    let (only_in_children, only_in_parents) = (count(Only::Children), count(Only::Parents));
    let function = |(name, function): (Cow<str>, &Function)| FunctionRow {
        name: name.into_owned(),
        line: function.line,
        set: entered.get(&function.ordinal).copied(),
        processes: function.processes,
    };
    SourcePage {
        page,
        to_root: "../",
        name,
        warning,
        measure: Measure::of(file.totals, precision),
        excluded: source.excluded.len(),
        only_in_children,
        only_in_parents,
        precision,
        parts: parts(lines),
        functions: distinct(&source.functions).into_iter().map(function).collect(),
        // Numbers and brackets alone: nothing of it has a meaning in HTML.
        sets: serde_json::to_string(sets).unwrap_or_default(),
    }
}

fn parts(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let mut parts = Vec::with_capacity(lines.len() / PART + 1);
    let mut lines = lines.into_iter().peekable();
    while lines.peek().is_some() {
        parts.push(lines.by_ref().take(PART).collect());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_plain_name_that_no_other_source_has() {
        let one = address(Path::new("/a/<script> &\"'x\n.c"));
        assert!(one.starts_with("source/_script_____x_.c."), "{one}");
        assert!(is_address(one.strip_prefix("source/").unwrap()));
        assert_ne!(address(Path::new("/a/x.c")), address(Path::new("/b/x.c")));
        assert_eq!(address(Path::new("/a/x.c")), address(Path::new("/a/x.c")));
        let long = address(Path::new(&format!("/{}", "é".repeat(127))));
        assert!(long.len() < 120, "{long}");
    }

    #[test]
    fn what_is_no_page_of_ours_is_not_taken_for_one() {
        for name in ["index.html", "x.c.html", "x.c.0123456789abcdefg.html", "x.c.0123456789abcdef.htm"] {
            assert!(!is_address(name), "{name}");
        }
    }
}
