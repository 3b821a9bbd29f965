//! How many processes hit each line.

use crate::data::view::{SourceFile, View};
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use std::rc::Rc;

/// For one file: how many processes hit a line.
pub(super) struct LineCounts(HashMap<u32, usize>);

impl LineCounts {
    pub(super) fn of(file: &SourceFile) -> Self {
        let mut counts = HashMap::new();
        for (lines, processes) in sharers(&file.hits) {
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

/// The sets of lines that processes hit (or of functions that they entered), each with its processes. A thousand like
/// workers share one, which is then walked once.
pub(super) fn sharers(hits: &[(usize, Rc<NumberSet>)]) -> Vec<(&NumberSet, Vec<usize>)> {
    let mut places = HashMap::new();
    let mut sharers: Vec<(&NumberSet, Vec<usize>)> = Vec::new();
    for (process, lines) in hits {
        let place = *places.entry(Rc::as_ptr(lines)).or_insert(sharers.len());
        if place == sharers.len() {
            sharers.push((lines, Vec::new()));
        }
        sharers[place].1.push(*process);
    }
    sharers
}

/// What one process hit.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Lines that it hit.
    pub(super) lines: usize,
    /// Those of them that no other process hit.
    pub(super) alone: usize,
}

/// The share of each process of [`View::processes`].
pub(super) fn shares(view: &View) -> Vec<Share> {
    let mut shares = vec![Share::default(); view.processes.len()];
    for file in &view.files {
        let counts = LineCounts::of(file);
        for (process, lines) in &file.hits {
            let share = &mut shares[*process];
            share.lines += lines.len();
            share.alone += lines.iter().filter(|line| counts.at(*line) == 1).count();
        }
    }
    shares
}
