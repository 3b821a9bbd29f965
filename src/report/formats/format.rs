//! A row of the table of formats.

use super::super::coverage::Coverage;
use crate::data::view::View;
use crate::sources::Here;
use std::io::{self, Write};
use std::time::SystemTime;

/// A report for another tool, and the command that writes it.
#[derive(Debug)]
pub struct Format {
    /// The name of the command.
    pub name: &'static str,
    /// What the command does, in one line of `--help`.
    pub about: &'static str,
    /// Notes and examples at the end of the command's `--help`.
    pub notes: &'static str,
    /// The file that is written without `--output`.
    pub default_output: &'static str,
    /// Writes the report. Fails when `out` cannot be written.
    pub write: fn(&FormatInput, out: &mut dyn Write) -> io::Result<()>,
}

/// What a report is written from.
#[derive(Debug, Clone, Copy)]
pub struct FormatInput<'a> {
    /// Each process, with the lines that it ran.
    pub view: &'a View,
    /// The union over all processes.
    pub coverage: &'a Coverage<'a>,
    /// The directory to which file names are relative.
    pub here: &'a Here,
    /// The time of the report.
    pub now: SystemTime,
}
