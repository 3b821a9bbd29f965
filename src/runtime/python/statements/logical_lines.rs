//! Which lines belong together.

use super::syntax::Span;

/// The logical lines of a source: a simple statement, a header up to its colon, a decorator, or several of these that
/// share a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LogicalLines(Vec<Span>);

impl LogicalLines {
    /// `lines` ascend, and none shares a line with another.
    pub(super) fn new(lines: Vec<Span>) -> Self {
        Self(lines)
    }

    /// The logical line that `line` is part of; `None` for a comment or a blank line outside of any.
    pub(super) fn containing(&self, line: u32) -> Option<Span> {
        let after = self.0.partition_point(|span| span.first <= line);
        self.0[..after].last().copied().filter(|span| line <= span.last)
    }

    /// The first line of the logical line that `line` is part of; `line` itself outside of any.
    pub(super) fn first_line(&self, line: u32) -> u32 {
        self.containing(line).map_or(line, |span| span.first)
    }
}
