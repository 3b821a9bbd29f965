//! `forkcov report`: a table of files for a terminal, laid out as coverage.py does.

use super::colour::{Colour, percentage};
use super::coverage::Coverage;
use super::rows::{Choice, Rows};
use super::totals::Totals;
use crate::sources::Here;
use std::io::{self, Write};

/// What the table shows, and how.
#[derive(Debug)]
pub struct Options<'a> {
    /// File names are relative to it.
    pub here: &'a Here,
    /// Which files, in which order.
    pub choice: Choice,
    /// Whether the lines that nobody hit are listed.
    pub show_missing: bool,
    /// Decimals of percentages.
    pub precision: usize,
    /// Whether percentages are coloured.
    pub colour: Colour,
}

/// Writes the table.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(coverage: &Coverage, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let rows = Rows::of(coverage, options.here, options.choice);
    let longest = rows.files.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let width = longest.max("TOTAL".len()) + 2;
    let heading = if options.show_missing { "   Missing" } else { "" };
    let cover = (" 100.%".len() + options.precision).max("  Cover".len());
    let header = format!("{:width$}{:>7}{:>7}{:>cover$}{heading}", "Name", "Lines", "Miss", "Cover");
    let rule = "-".repeat(header.chars().count());
    let row = |name: &str, totals: Totals| {
        let percent = format!("{:>cover$}", totals.percent_text(options.precision) + "%");
        let percent = options.colour.paint(percentage(totals), &percent);
        format!("{name:width$}{:>7}{:>7}{percent}", totals.lines, totals.missing())
    };

    writeln!(out, "{header}\n{rule}")?;
    for (name, file) in &rows.files {
        write!(out, "{}", row(name, file.totals))?;
        if options.show_missing && file.totals.missing() > 0 {
            write!(out, "   {}", file.missing_text())?;
        }
        writeln!(out)?;
    }
    if !rows.files.is_empty() {
        writeln!(out, "{rule}")?;
    }
    writeln!(out, "{}", row("TOTAL", coverage.totals))?;
    rows.left_out().try_for_each(|sentence| writeln!(out, "\n{sentence}"))
}
