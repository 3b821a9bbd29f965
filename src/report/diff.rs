//! `forkcov diff`: the lines that only one of two sides ran, and the directions of branches that only one
//! took.

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

/// What is in one source file.
#[derive(Debug, Default)]
struct SideLines {
    executable: NumberSet,
    hit: NumberSet,
    /// The directions that were taken, by line, jump and way.
    taken: BTreeSet<(u32, u32, i64)>,
}

impl Side {
    /// The lines that processes of a view ran. `is_of` selects them by their index in [`View::processes`].
    pub fn of(name: &str, view: &View, is_of: impl Fn(usize) -> bool) -> Self {
        let mut files = BTreeMap::new();
        for source in &view.files {
            let mut lines = SideLines { executable: source.executable.clone(), ..SideLines::default() };
            let hits = source.hits.iter().filter(|(process, _)| is_of(*process));
            hits.for_each(|(_, hit)| lines.hit.union_with(hit));
            let mut taken = NumberSet::default();
            let by_side = source.taken.iter().filter(|(process, _)| is_of(*process));
            by_side.for_each(|(_, directions)| taken.union_with(directions));
            let taken = source.branches.iter().filter(|branch| taken.contains(branch.ordinal));
            lines.taken = taken.map(|branch| (branch.line, branch.jump, branch.way)).collect();
            files.insert(source.path.clone(), lines);
        }
        Self { name: name.to_owned(), files }
    }
}

/// How many there are of something that only one side has, the other, or both.
#[derive(Default)]
struct Counts {
    only: [usize; 2],
    both: usize,
}

impl Counts {
    fn add(&mut self, [one, other]: [usize; 2], both: usize) {
        self.only[0] += one;
        self.only[1] += other;
        self.both += both;
    }

    fn line(&self, one: &str, many: &str, sides: [&str; 2]) -> String {
        let [first, second] = self.only;
        let first = counted(first, one, many);
        format!("{first} by {} alone, {second} by {} alone, {} by both", sides[0], sides[1], self.both)
    }
}

/// Writes the lines of each source file that only one side ran, the lines with directions of branches that
/// only one side took, and finally their numbers.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(one: &Side, other: &Side, here: &Here, out: &mut dyn Write) -> io::Result<()> {
    let width = one.name.chars().count().max(other.name.chars().count());
    let nothing = SideLines::default();
    let (mut lines, mut branches) = (Counts::default(), Counts::default());
    let paths: BTreeSet<&PathBuf> = one.files.keys().chain(other.files.keys()).collect();
    for path in paths {
        let [a, b] = [one, other].map(|side| side.files.get(path).unwrap_or(&nothing));
        let mut executable = a.executable.clone();
        executable.union_with(&b.executable);
        let only = [a.hit.difference(&b.hit), b.hit.difference(&a.hit)];
        let only_taken = [(a, b), (b, a)]
            .map(|(side, other)| side.taken.difference(&other.taken).copied().collect::<Vec<_>>());
        lines.add([only[0].len(), only[1].len()], a.hit.len() - only[0].len());
        let taken_by_both = a.taken.len() - only_taken[0].len();
        branches.add([only_taken[0].len(), only_taken[1].len()], taken_by_both);
        let texts = [0, 1].map(|side| text(&executable, &only[side], &only_taken[side]));
        if texts.iter().any(|text| !text.is_empty()) {
            writeln!(out, "{}", file_name(here, path))?;
        }
        for (side, text) in [one, other].iter().zip(texts).filter(|(_, text)| !text.is_empty()) {
            writeln!(out, "  only {:width$}  {text}", side.name)?;
        }
    }
    if lines.only != [0, 0] || branches.only != [0, 0] {
        writeln!(out)?;
    }
    let sides = [one.name.as_str(), other.name.as_str()];
    writeln!(out, "{}", lines.line("line", "lines", sides))?;
    if branches.only != [0, 0] || branches.both > 0 {
        writeln!(out, "{}", branches.line("branch", "branches", sides))?;
    }
    Ok(())
}

/// `1-30; branches of 34, 41-52`: lines, and lines with directions of branches, that one side alone ran.
fn text(executable: &NumberSet, only: &NumberSet, taken: &[(u32, u32, i64)]) -> String {
    let joined =
        |wanted: &NumberSet| joined(&ranges(executable.iter().map(|line| (line, wanted.contains(line)))));
    // A line that only one side ran is there already.
    let of_branches: NumberSet =
        taken.iter().map(|(line, ..)| *line).filter(|line| !only.contains(*line)).collect();
    match (joined(only), joined(&of_branches)) {
        (lines, branches) if branches.is_empty() => lines,
        (lines, branches) if lines.is_empty() => format!("branches of {branches}"),
        (lines, branches) => format!("{lines}; branches of {branches}"),
    }
}
