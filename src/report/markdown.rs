//! `forkcov report --format markdown`: the table for a comment or for the summary page of a CI job.

use super::branches::missing_text;
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
        let Totals { lines, branches, partial } = totals;
        let mut numbers = vec![lines.all.to_string(), lines.missing().to_string()];
        if coverage.has_branches {
            numbers.extend([branches.all.to_string(), partial.to_string()]);
        }
        numbers.push(totals.together().percent_text(layout.precision) + "%");
        numbers
    };

    let (columns, rules) =
        if coverage.has_branches { (" Branch | BrPart |", "---:|---:|") } else { ("", "") };
    writeln!(out, "| Name | Lines | Miss |{columns} Cover |{heading}")?;
    writeln!(out, "|:---|---:|---:|{rules}---:|{rule}")?;
    for TableRow { name, file } in &rows.files {
        write!(out, "| {} | {} |", code(name), numbers(file.totals).join(" | "))?;
        if layout.show_missing {
            write!(out, " {} |", missing_text(file))?;
        }
        writeln!(out)?;
    }
    let total: Vec<String> = numbers(coverage.totals).iter().map(|number| format!("**{number}**")).collect();
    let total = total.join(" | ");
    writeln!(out, "| **TOTAL** | {total} |{}", if layout.show_missing { " |" } else { "" })?;
    rows.left_out().try_for_each(|sentence| writeln!(out, "\n{sentence}"))
}
