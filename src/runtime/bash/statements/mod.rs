//! The statements of a shell source: bytes in, line numbers out.
//!
//! A statement is what bash reports as a command with a line of its own.

use crate::runtime::Exclusions;
use crate::runtime::statements::{LogicalLines, Span, StatementLines, Statements};
use std::convert::Infallible;

/// Patterns of lines that reports exclude by default.
pub const DEFAULT_EXCLUSIONS: &[&str] = &[];

/// The statements of `source`: each line that is neither blank nor a comment.
///
/// # Errors
/// None yet.
pub fn read(source: &[u8], exclusions: &Exclusions, also_excluded: &[u32]) -> Result<Statements, Infallible> {
    let text = String::from_utf8_lossy(source);
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let lines: Vec<u32> =
        (1..).zip(text.lines()).filter(|(_, text)| is_code(text)).map(|(line, _)| line).collect();
    let excluded = exclusions.matching(&text).into_iter().chain(also_excluded.iter().copied()).collect();
    Ok(Statements::new(StatementLines {
        logical: LogicalLines::new(lines.iter().map(|&line| Span { first: line, last: line }).collect()),
        with_code: lines.into_iter().collect(),
        excluded,
        ..StatementLines::default()
    }))
}
