//! `forkcov diff`: the lines that only one of two sides ran.

use super::coverage::{joined, ranges};
use super::naming::file_name;
use crate::data::view::View;
use crate::numbers::NumberSet;
use crate::plural::counted;
use crate::sources::Here;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;

/// A set of processes of a data file, and the lines that they ran together.
#[derive(Debug)]
pub struct Side {
    /// The side as the user wrote it, fit for a terminal.
    pub name: String,
    files: BTreeMap<PathBuf, SideLines>,
}

/// The lines of one source file.
#[derive(Debug, Default)]
struct SideLines {
    executable: NumberSet,
    hit: NumberSet,
}

impl Side {
    /// The lines that processes of a view ran. `is_of` selects them by their index in [`View::processes`].
    pub fn of(name: &str, view: &View, is_of: impl Fn(usize) -> bool) -> Self {
        let mut files = BTreeMap::new();
        for source in &view.files {
            let mut lines = SideLines { executable: source.executable.clone(), ..SideLines::default() };
            let hits = source.hits.iter().filter(|(process, _)| is_of(*process));
            hits.for_each(|(_, hit)| lines.hit.union_with(hit));
            files.insert(source.path.clone(), lines);
        }
        Self { name: name.to_owned(), files }
    }
}

/// Writes the lines of each source file that only one side ran, and finally their number.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(one: &Side, other: &Side, here: &Here, out: &mut dyn Write) -> io::Result<()> {
    let width = one.name.chars().count().max(other.name.chars().count());
    let nothing = SideLines::default();
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
