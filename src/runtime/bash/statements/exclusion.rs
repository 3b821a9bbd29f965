//! Which lines are excluded.

use super::syntax::Clause;
use crate::runtime::statements::LogicalLines;
use std::collections::BTreeSet;

/// Patterns of lines that are excluded by default, as in Python.
pub const DEFAULT_EXCLUSIONS: &[&str] = &[r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)"];

/// The first lines of the statements that are excluded: those at the lines `matching`, and all inside of the
/// clauses, groups and functions whose headers are there.
pub(super) fn excluded(
    matching: &BTreeSet<u32>,
    clauses: &[Clause],
    lines: &LogicalLines,
    executable: &BTreeSet<u32>,
) -> BTreeSet<u32> {
    let mut excluded: BTreeSet<u32> = matching.iter().map(|line| lines.first_line(*line)).collect();
    for clause in clauses {
        if matching.range(clause.header.first..=clause.header.last).next().is_some() {
            excluded.extend(executable.range(clause.header.first..=clause.last));
        }
    }
    excluded.retain(|line| executable.contains(line));
    excluded
}
