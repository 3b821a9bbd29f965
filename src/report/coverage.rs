//! The coverage of all processes of a view together: the numbers that most formats show.

use super::totals::Totals;
use crate::changes::{Change, Changes};
use crate::data::view::{Branch, SourceFile, View};
use crate::numbers::NumberSet;
use std::fmt;
use std::rc::Rc;

/// The union over every process, file by file.
#[derive(Debug)]
pub struct Coverage<'v> {
    /// As in [`View::files`].
    pub files: Vec<FileCoverage<'v>>,
    /// Over all files.
    pub totals: Totals,
    /// See [`View::has_branches`].
    pub has_branches: bool,
}

impl<'v> Coverage<'v> {
    /// The coverage of all lines of the view.
    pub fn of(view: &'v View) -> Self {
        Self::sum(view, view.files.iter().map(|source| FileCoverage::of(source, None)))
    }

    /// The coverage of the lines that `changes` adds. Files without such executable lines are left out.
    pub fn of_changes(view: &'v View, changes: &'v Changes) -> Self {
        let changed = |source: &'v SourceFile| {
            let change = changes.of(&source.path)?;
            Some(FileCoverage::of(source, Some(change))).filter(|file| file.totals.lines.all > 0)
        };
        Self::sum(view, view.files.iter().filter_map(changed))
    }

    fn sum(view: &View, files: impl Iterator<Item = FileCoverage<'v>>) -> Self {
        let files: Vec<_> = files.collect();
        let mut totals = Totals::default();
        for file in &files {
            totals += file.totals;
        }
        Self { files, totals, has_branches: view.has_branches }
    }
}

/// The union over every process for one file.
#[derive(Debug)]
pub struct FileCoverage<'v> {
    /// The file, with the lines that each process ran.
    pub source: &'v SourceFile,
    /// The lines that any process ran.
    pub hit: NumberSet,
    /// The directions of branches that any process took, by their ordinals.
    taken: NumberSet,
    /// The numbers of lines and branches.
    pub totals: Totals,
    /// If set, only the lines of this change count.
    pub change: Option<&'v Change>,
}

impl<'v> FileCoverage<'v> {
    fn of(source: &'v SourceFile, change: Option<&'v Change>) -> Self {
        let mut file = Self {
            source,
            hit: union(&source.hits),
            taken: union(&source.taken),
            totals: Totals::default(),
            change,
        };
        let mut totals = Totals::default();
        file.lines().for_each(|(_, is_hit)| totals.add_line(is_hit));
        for (branch, is_taken) in file.branches() {
            totals.add_branch(is_taken, file.hit.contains(branch.line));
        }
        file.waived().for_each(|_| totals.add_waived());
        file.totals = totals;
        file
    }

    fn counts(&self, line: u32) -> bool {
        self.change.is_none_or(|change| change.lines.contains(line))
    }

    /// The executable lines that count, in ascending order, each with whether it was run.
    pub fn lines(&self) -> impl Iterator<Item = (u32, bool)> + '_ {
        let lines = self.source.executable.iter().filter(|line| self.counts(*line));
        lines.map(|line| (line, self.hit.contains(line)))
    }

    /// The directions of branches that count, by line, jump and way, each with whether it was taken.
    pub fn branches(&self) -> impl Iterator<Item = (&'v Branch, bool)> + '_ {
        let branches = self.source.branches.iter().filter(|branch| self.counts(branch.line));
        branches.map(|branch| (branch, self.taken.contains(branch.ordinal)))
    }

    /// The line of each further direction, which counts as covered: see [`SourceFile::waived`].
    pub fn waived(&self) -> impl Iterator<Item = u32> + '_ {
        self.source.waived.iter().copied().filter(|line| self.counts(*line))
    }

    /// The lines that no process ran, as ranges. An executable line that does not count splits a range.
    pub fn missing_ranges(&self) -> Vec<Range> {
        let is_missing = |line| self.counts(line) && !self.hit.contains(line);
        ranges(self.source.executable.iter().map(|line| (line, is_missing(line))))
    }
}

fn union(of_processes: &[(usize, Rc<NumberSet>)]) -> NumberSet {
    let mut union = NumberSet::default();
    of_processes.iter().for_each(|(_, numbers)| union.union_with(numbers));
    union
}

/// The lines from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first line.
    pub first: u32,
    /// The last line; it may be the first.
    pub last: u32,
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

/// `31-40, 77`.
pub(super) fn joined(ranges: &[Range]) -> String {
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Joins wanted lines into ranges. `lines` are all executable lines in ascending order, each with whether it
/// is wanted. Lines that are not executable (blank lines, comments) do not split a range.
pub(super) fn ranges(lines: impl Iterator<Item = (u32, bool)>) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut open = false;
    for (line, is_in) in lines {
        match ranges.last_mut().filter(|_| open) {
            Some(range) if is_in => range.last = line,
            None if is_in => ranges.push(Range { first: line, last: line }),
            _ => {}
        }
        open = is_in;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn shown(lines: &[(u32, bool)]) -> String {
        let ranges = ranges(lines.iter().copied());
        ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_range_spans_lines_that_are_not_executable_but_no_other_line() {
        assert_eq!(shown(&[(31, true), (35, true), (40, true), (41, false), (77, true)]), "31-40, 77");
        assert_eq!(shown(&[(1, false), (2, false)]), "");
        assert_eq!(shown(&[]), "");
    }

    proptest! {
        #[test]
        fn ranges_hold_exactly_the_wanted_lines_and_are_as_few_as_possible(
            lines in prop::collection::btree_map(1_u32..300, any::<bool>(), 0..80)
        ) {
            let ranges = ranges(lines.iter().map(|(line, is_in)| (*line, *is_in)));
            let inside = |line: u32| ranges.iter().any(|range| (range.first..=range.last).contains(&line));
            for (line, is_in) in &lines {
                prop_assert_eq!(inside(*line), *is_in);
            }
            let is_in = |lines: &BTreeMap<u32, bool>, line| lines.get(&line) == Some(&true);
            for range in &ranges {
                prop_assert!(is_in(&lines, range.first) && is_in(&lines, range.last));
            }
            for pair in ranges.windows(2) {
                prop_assert!(lines.range(pair[0].last + 1..pair[1].first).any(|(_, is_in)| !*is_in));
            }
        }
    }
}
