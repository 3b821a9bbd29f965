//! What a process ran in source files.

use crate::numbers::NumberSet;
use std::collections::BTreeMap;

/// What a process ran in one file.
#[derive(Debug, Default)]
pub struct FileHits {
    /// Lines.
    pub lines: NumberSet,
    /// Functions, by indices whose meaning depends on where this is used.
    pub functions: NumberSet,
    /// Directions of branches, by indices likewise. `None` if it is not known which were taken.
    pub branches: Option<NumberSet>,
}

/// The same of several files, by their ids in the data file.
pub(super) type HitsByFile = BTreeMap<i64, FileHits>;

impl FileHits {
    pub(super) fn union_with(&mut self, other: &Self) {
        self.lines.union_with(&other.lines);
        self.functions.union_with(&other.functions);
        if let Some(branches) = &other.branches {
            self.branches.get_or_insert_default().union_with(branches);
        }
    }
}
