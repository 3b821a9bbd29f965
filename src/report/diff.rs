//! `forkcov diff`: the lines that one side ran and the other did not.

use super::coverage::{joined, ranges};
use super::names::file_name;
use crate::data::view::View;
use crate::numbers::NumberSet;
use crate::plural::counted;
use crate::sources::Here;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;

/// Some processes of a data file, together.
#[derive(Debug)]
pub struct Side {
    /// What the user calls them.
    pub name: String,
    files: BTreeMap<PathBuf, Lines>,
}

/// Of one source file.
#[derive(Debug, Default)]
struct Lines {
    executable: NumberSet,
    hit: NumberSet,
}

impl Side {
    /// What the processes of a view ran for which `is_of` is true, by their index in [`View::processes`].
    pub fn of(name: &str, view: &View, is_of: impl Fn(usize) -> bool) -> Self {
        let mut files = BTreeMap::new();
        for source in &view.files {
            let mut lines = Lines { executable: source.executable.clone(), ..Lines::default() };
            let hits = source.hits.iter().filter(|(process, _)| is_of(*process));
            hits.for_each(|(_, hit)| lines.hit.union_with(hit));
            files.insert(source.path.clone(), lines);
        }
        Self { name: name.to_owned(), files }
    }
}

/// Writes, for each source file, the lines that one side alone ran; and at the end how many these are.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(one: &Side, other: &Side, here: &Here, out: &mut dyn Write) -> io::Result<()> {
    let width = one.name.chars().count().max(other.name.chars().count());
    let nothing = Lines::default();
    let (mut only_one, mut only_other, mut both) = (0, 0, 0);
    let paths: BTreeSet<&PathBuf> = one.files.keys().chain(other.files.keys()).collect();
    for path in paths {
        let lines = [one, other].map(|side| side.files.get(path).unwrap_or(&nothing));
        let mut executable = lines[0].executable.clone();
        executable.union_with(&lines[1].executable);
        let only = [lines[0].hit.difference(&lines[1].hit), lines[1].hit.difference(&lines[0].hit)];
        only_one += only[0].len();
        only_other += only[1].len();
        both += lines[0].hit.len() - only[0].len();
        if only.iter().any(|only| !only.is_empty()) {
            writeln!(out, "{}", file_name(here, path))?;
        }
        for (side, only) in [one, other].iter().zip(&only).filter(|(_, only)| !only.is_empty()) {
            let ranges = ranges(executable.iter().map(|line| (line, only.contains(line))));
            writeln!(out, "  only {:width$}  {}", side.name, joined(&ranges))?;
        }
    }
    if only_one + only_other > 0 {
        writeln!(out)?;
    }
    let lines = counted(only_one, "line", "lines");
    writeln!(out, "{lines} by {} alone, {only_other} by {} alone, {both} by both", one.name, other.name)
}
