//! The coverage of all processes of a view together: the numbers that most formats show.

use super::totals::Totals;
use crate::changes::{Change, Changes};
use crate::data::view::{SourceFile, View};
use crate::numbers::NumberSet;
use std::fmt;

/// The union over every process, file by file.
#[derive(Debug)]
pub struct Coverage<'v> {
    /// As in [`View::files`].
    pub files: Vec<FileCoverage<'v>>,
    /// Over all files.
    pub totals: Totals,
}

impl<'v> Coverage<'v> {
    /// The coverage of all lines of the view.
    pub fn of(view: &'v View) -> Self {
        Self::sum(view.files.iter().map(|source| FileCoverage::of(source, None)).collect())
    }

    /// The coverage of the lines that `changes` adds. Files without such executable lines are left out.
    pub fn of_changes(view: &'v View, changes: &'v Changes) -> Self {
        let changed = |source: &'v SourceFile| {
            let change = changes.of(&source.path)?;
            Some(FileCoverage::of(source, Some(change))).filter(|file| file.totals.lines > 0)
        };
        Self::sum(view.files.iter().filter_map(changed).collect())
    }

    fn sum(files: Vec<FileCoverage<'v>>) -> Self {
        let mut totals = Totals::default();
        for file in &files {
            totals += file.totals;
        }
        Self { files, totals }
    }
}

/// The union over every process for one file.
#[derive(Debug)]
pub struct FileCoverage<'v> {
    /// The file, with the lines that each process ran.
    pub source: &'v SourceFile,
    /// The lines that any process ran.
    pub hit: NumberSet,
    /// The number of lines.
    pub totals: Totals,
    /// If set, only the lines of this change count.
    pub change: Option<&'v Change>,
}

impl<'v> FileCoverage<'v> {
    fn of(source: &'v SourceFile, change: Option<&'v Change>) -> Self {
        let mut hit = NumberSet::default();
        for (_, lines) in &source.hits {
            hit.union_with(lines);
        }
        let mut file = Self { source, hit, totals: Totals::default(), change };
        let (lines, hit) =
            file.lines().fold((0, 0), |(lines, hits), (_, hit)| (lines + 1, hits + usize::from(hit)));
        file.totals = Totals { lines, hit };
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

    /// The lines that no process ran, as ranges. An executable line that does not count splits a range.
    pub fn missing_ranges(&self) -> Vec<Range> {
        let is_missing = |line| self.counts(line) && !self.hit.contains(line);
        ranges(self.source.executable.iter().map(|line| (line, is_missing(line))))
    }

    /// [`missing_ranges`](Self::missing_ranges) on one line: `31-40, 77`.
    pub(super) fn missing_text(&self) -> String {
        joined(&self.missing_ranges())
    }
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
