//! What a process ran in one source file.

use crate::numbers::NumberSet;

/// What a process ran in one file.
#[derive(Debug, Default)]
pub struct FileHits {
    /// Lines.
    pub lines: NumberSet,
    /// Functions, by indices whose meaning depends on where this is used.
    pub functions: NumberSet,
}

impl FileHits {
    pub(super) fn union_with(&mut self, other: &Self) {
        self.lines.union_with(&other.lines);
        self.functions.union_with(&other.functions);
    }
}
