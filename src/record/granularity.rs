//! How densely breakpoints are inserted.

/// How many breakpoints the lines of an object get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    /// One for each basic block: its other lines are known to run, too.
    Block,
    /// One for each line.
    Line,
}
