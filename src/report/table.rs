//! `forkcov report`: a table of files for a terminal, in the layout of coverage.py.

use super::branches::missing_text;
use super::colour::{Colour, percentage};
use super::coverage::Coverage;
use super::limits::Limits;
use super::rows::{RowSelection, TableRow, TableRows};
use super::totals::Totals;
use crate::sources::Here;
use std::io::{self, Write};

/// What the table shows, and how.
#[derive(Debug)]
pub struct TableLayout<'a> {
    /// The directory to which file names are relative.
    pub here: &'a Here,
    /// Which files to show, in which order.
    pub selection: RowSelection,
    /// Whether to list the lines that no process ran, and the directions that none took.
    pub show_missing: bool,
    /// Decimals of percentages.
    pub precision: usize,
    /// Whether to colour percentages.
    pub colour: Colour,
    /// Where the colours change.
    pub limits: Limits,
}

/// Writes the table.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(coverage: &Coverage, layout: &TableLayout, out: &mut dyn Write) -> io::Result<()> {
    let rows = TableRows::of(coverage, layout.here, layout.selection);
    let longest = rows.files.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let width = longest.max("TOTAL".len()) + 2;
    let heading = if layout.show_missing { "   Missing" } else { "" };
    let cover = (" 100.%".len() + layout.precision).max("  Cover".len());
    let branches =
        if coverage.has_branches { format!("{:>7}{:>7}", "Branch", "BrPart") } else { String::new() };
    let header =
        format!("{:width$}{:>7}{:>7}{branches}{:>cover$}{heading}", "Name", "Lines", "Miss", "Cover");
    let rule = "-".repeat(header.chars().count());
    let row = |name: &str, totals: Totals| {
        let Totals { lines, branches, partial } = totals;
        let percent = format!("{:>cover$}", totals.together().percent_text(layout.precision) + "%");
        let percent = layout.colour.paint(percentage(layout.limits.level(totals.together())), &percent);
        let branches =
            if coverage.has_branches { format!("{:>7}{partial:>7}", branches.all) } else { String::new() };
        format!("{name:width$}{:>7}{:>7}{branches}{percent}", lines.all, lines.missing())
    };

    writeln!(out, "{header}\n{rule}")?;
    for TableRow { name, file } in &rows.files {
        write!(out, "{}", row(name, file.totals))?;
        if layout.show_missing {
            let missing = missing_text(file);
            if !missing.is_empty() {
                write!(out, "   {missing}")?;
            }
        }
        writeln!(out)?;
    }
    if !rows.files.is_empty() {
        writeln!(out, "{rule}")?;
    }
    writeln!(out, "{}", row("TOTAL", coverage.totals))?;
    rows.left_out().try_for_each(|sentence| writeln!(out, "\n{sentence}"))
}
