//! `forkcov report --format markdown`: the table for a comment or for the summary page of a CI job.

use super::coverage::Coverage;
use super::rows::{TableRow, TableRows};
use super::table::TableLayout;
use super::totals::Totals;
use crate::quote::markdown::code;
use std::io::{self, Write};

/// Writes the table, in GitHub's Markdown.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(coverage: &Coverage, layout: &TableLayout, out: &mut dyn Write) -> io::Result<()> {
    let rows = TableRows::of(coverage, layout.here, layout.selection);
    let (heading, rule) = if layout.show_missing { (" Missing |", ":---|") } else { ("", "") };
    let numbers = |totals: Totals| {
        let percent = totals.percent_text(layout.precision);
        [totals.lines.to_string(), totals.missing().to_string(), percent + "%"]
    };

    writeln!(out, "| Name | Lines | Miss | Cover |{heading}\n|:---|---:|---:|---:|{rule}")?;
    for TableRow { name, file } in &rows.files {
        write!(out, "| {} | {} |", code(name), numbers(file.totals).join(" | "))?;
        if layout.show_missing {
            write!(out, " {} |", file.missing_text())?;
        }
        writeln!(out)?;
    }
    let total = numbers(coverage.totals).map(|number| format!("**{number}**")).join(" | ");
    writeln!(out, "| **TOTAL** | {total} |{}", if layout.show_missing { " |" } else { "" })?;
    rows.left_out().try_for_each(|sentence| writeln!(out, "\n{sentence}"))
}
