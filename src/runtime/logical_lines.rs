//! Lines of a source that belong together.

/// Lines of a source from `first` to `last`, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first line.
    pub first: u32,
    /// The last line.
    pub last: u32,
}

/// The logical lines of a source. A logical line is what counts as one: a statement of several lines, or
/// several that share a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogicalLines(Vec<Span>);

impl LogicalLines {
    /// `lines` must ascend, and must not overlap.
    pub fn new(lines: Vec<Span>) -> Self {
        Self(lines)
    }

    /// The logical line that `line` is part of; `None` for a comment or a blank line outside of any.
    pub fn containing(&self, line: u32) -> Option<Span> {
        let after = self.0.partition_point(|span| span.first <= line);
        self.0[..after].last().copied().filter(|span| line <= span.last)
    }

    /// The first line of the logical line that `line` is part of; `line` itself outside of any.
    pub fn first_line(&self, line: u32) -> u32 {
        self.containing(line).map_or(line, |span| span.first)
    }
}
