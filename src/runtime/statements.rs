//! The statements of a source: which lines of an interpreted language count, and where.

pub use super::logical_lines::{LogicalLines, Span};

use std::collections::BTreeSet;

/// The statements of a source.
///
/// Where an interpreter logs lines, reports count statements: what ran on a line counts at the first line of
/// its statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statements {
    lines: LogicalLines,
    executable: BTreeSet<u32>,
    excluded: BTreeSet<u32>,
    without_code: BTreeSet<u32>,
}

/// The parts of [`Statements`], as a runtime reads them.
#[derive(Debug, Default)]
pub struct StatementLines {
    /// The logical lines.
    pub logical: LogicalLines,
    /// The first lines of the statements for which the compiler makes code.
    pub with_code: BTreeSet<u32>,
    /// Lines that are excluded.
    pub excluded: BTreeSet<u32>,
    /// Lines of statements that never count, as docstrings.
    pub without_code: BTreeSet<u32>,
}

impl Statements {
    /// Joins the parts.
    pub fn new(parts: StatementLines) -> Self {
        let StatementLines { logical, with_code, excluded, without_code } = parts;
        let counts = |line: &u32| !excluded.contains(line) && !without_code.contains(line);
        let executable = with_code.into_iter().filter(counts).collect();
        Self { lines: logical, executable, excluded, without_code }
    }

    /// The first line of the statement that `line` is part of; `line` itself if it is part of none.
    pub fn first_line(&self, line: u32) -> u32 {
        self.lines.first_line(line)
    }

    /// Whether `line` is part of a statement, and not blank or a comment between statements.
    pub fn has_statement(&self, line: u32) -> bool {
        self.lines.containing(line).is_some()
    }

    /// The line at which `line` counts when it ran: the first one of its statement. `None` if it does not
    /// count.
    pub fn counted(&self, line: u32) -> Option<u32> {
        let first = self.first_line(line);
        let counts = |line| !self.excluded.contains(&line) && !self.without_code.contains(&line);
        (counts(line) && counts(first)).then_some(first)
    }

    /// Whether `line` is excluded.
    pub fn is_excluded(&self, line: u32) -> bool {
        self.excluded.contains(&line)
    }

    /// Excludes the statements at these lines.
    pub fn exclude(&mut self, lines: impl Iterator<Item = u32>) {
        for line in lines {
            let first = self.first_line(line);
            if self.executable.remove(&first) {
                self.excluded.insert(first);
            }
        }
    }

    /// The first lines of the statements that count, ascending, by the source alone.
    pub fn executable(&self) -> impl Iterator<Item = u32> + '_ {
        self.executable.iter().copied()
    }

    /// The excluded lines, ascending.
    pub fn excluded(&self) -> impl Iterator<Item = u32> + '_ {
        self.excluded.iter().copied()
    }
}
