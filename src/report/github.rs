//! `forkcov github`: notices beside the lines of a pull request, and a table on the summary page of a run.
//!
//! A notice is a workflow command, as described on GitHub's page "Workflow commands for GitHub Actions".

use super::coverage::{Coverage, FileCoverage, Range};
use super::markdown;
use super::table::TableLayout;
use crate::quote::github::{data, property};
use crate::sources::Here;
use std::cmp::Reverse;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

/// GitHub shows at most this many notices per step.
pub const MAX_NOTICES: usize = 10;

/// Writes a notice for each range of lines that no process ran, at most `limit`: the longest. Returns how
/// many ranges were left out. A file has its name in the diff that `coverage` is restricted to, or else its
/// name relative to `here`.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(coverage: &Coverage, here: &Here, limit: usize, out: &mut dyn Write) -> io::Result<usize> {
    let of_file = |file| FileCoverage::missing_ranges(file).into_iter().map(move |range| (file, range));
    let missing: Vec<(&FileCoverage, Range)> = coverage.files.iter().flat_map(of_file).collect();
    let mut chosen: Vec<usize> = (0..missing.len()).collect();
    chosen.sort_by_key(|&index| Reverse(missing[index].1.last - missing[index].1.first));
    chosen.truncate(limit);
    chosen.sort_unstable();
    for &index in &chosen {
        let (file, range) = missing[index];
        write_notice(file, here, range, out)?;
    }
    Ok(missing.len() - chosen.len())
}

fn write_notice(file: &FileCoverage, here: &Here, range: Range, out: &mut dyn Write) -> io::Result<()> {
    let name = file.change.map_or_else(|| here.relative(&file.source.path), |change| &change.name);
    let Range { first, last } = range;
    let message = if first == last {
        format!("No process ran line {first}.")
    } else {
        format!("No process ran lines {first} to {last}.")
    };
    let (name, message) = (property(name.as_os_str().as_bytes()), data(&message));
    writeln!(out, "::notice file={name},line={first},endLine={last},title=Not covered::{message}")
}

/// Writes the percentage and the table of the files.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_summary(coverage: &Coverage, layout: &TableLayout, out: &mut dyn Write) -> io::Result<()> {
    if coverage.files.is_empty() {
        return writeln!(out, "### Coverage of the changed lines\n\nNone of them is executable.");
    }
    writeln!(
        out,
        "### Coverage of the changed lines: {}%\n",
        coverage.totals.together().percent_text(layout.precision)
    )?;
    markdown::write(coverage, layout, out)
}
