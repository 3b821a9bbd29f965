//! How many processes ran each line of a file.

use crate::data::view::{OwnedSets, SourceFile};
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use std::rc::Rc;

/// The number of processes that ran each line of one file.
pub(super) struct LineCounts(HashMap<u32, usize>);

impl LineCounts {
    pub(super) fn of(file: &SourceFile) -> Self {
        Self::of_groups(&by_set(&file.hits))
    }

    /// The counts of the groups of [`by_set`].
    pub(super) fn of_groups(groups: &[(&NumberSet, Vec<usize>)]) -> Self {
        let mut counts = HashMap::new();
        for (lines, processes) in groups {
            for line in lines.iter() {
                *counts.entry(line).or_insert(0) += processes.len();
            }
        }
        Self(counts)
    }

    pub(super) fn at(&self, line: u32) -> usize {
        self.0.get(&line).copied().unwrap_or(0)
    }
}

/// How many lines each of `count` processes (or contexts) ran in some files, and how many of these no other
/// did.
pub(super) fn lines_of_each<'a>(files: impl Iterator<Item = &'a OwnedSets>, count: usize) -> Vec<LinesRun> {
    let mut each = vec![LinesRun::default(); count];
    for hits in files {
        let groups = by_set(hits);
        let counts = LineCounts::of_groups(&groups);
        for (lines, sharers) in &groups {
            // A line of a set that several share is not only in one of them.
            let is_shared = sharers.len() > 1;
            let only_here =
                if is_shared { 0 } else { lines.iter().filter(|line| counts.at(*line) == 1).count() };
            for sharer in sharers {
                each[*sharer].lines += lines.len();
                each[*sharer].only_here += only_here;
            }
        }
    }
    each
}

/// How many lines a process (or context) ran.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct LinesRun {
    pub(super) lines: usize,
    /// How many of these no other ran.
    pub(super) only_here: usize,
}

/// Groups processes by the set of lines that they ran (or of functions that they entered), by the address of
/// the set. A thousand workers with the same hits share one set, which is then walked once.
pub(super) fn by_set(hits: &[(usize, Rc<NumberSet>)]) -> Vec<(&NumberSet, Vec<usize>)> {
    let mut positions = HashMap::new();
    let mut groups: Vec<(&NumberSet, Vec<usize>)> = Vec::new();
    for (process, numbers) in hits {
        let position = *positions.entry(Rc::as_ptr(numbers)).or_insert(groups.len());
        if position == groups.len() {
            groups.push((numbers, Vec::new()));
        }
        groups[position].1.push(*process);
    }
    groups
}
