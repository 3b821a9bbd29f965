//! How many processes hit each line.

use crate::data::view::{SourceFile, View};
use hashbrown::HashMap;
use std::rc::Rc;

/// For one file: how many processes hit a line.
pub(super) struct LineCounts(HashMap<u32, usize>);

impl LineCounts {
    pub(super) fn of(file: &SourceFile) -> Self {
        // A thousand like workers share one set: it is walked once.
        let mut sharers = HashMap::new();
        for (_, lines) in &file.hits {
            sharers.entry(Rc::as_ptr(lines)).or_insert((lines, 0)).1 += 1;
        }
        let mut counts = HashMap::new();
        for (lines, processes) in sharers.into_values() {
            for line in lines.iter() {
                *counts.entry(line).or_insert(0) += processes;
            }
        }
        Self(counts)
    }

    pub(super) fn at(&self, line: u32) -> usize {
        self.0.get(&line).copied().unwrap_or(0)
    }
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
