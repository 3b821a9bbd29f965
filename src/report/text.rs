//! `forkcov report`: a table of files, laid out as coverage.py does.

use super::coverage::{Coverage, FileCoverage};
use super::names::file_name;
use super::totals::Totals;
use crate::sources::Here;
use std::cmp::Ordering;
use std::io::{self, Write};
use std::str::FromStr;

/// What the table shows, and how.
#[derive(Debug)]
pub struct Options<'a> {
    /// File names are relative to it.
    pub here: &'a Here,
    /// Whether the lines that nobody hit are listed.
    pub show_missing: bool,
    /// The order of the files.
    pub sort: Sort,
    /// Decimals of percentages.
    pub precision: usize,
    /// Whether files without a missing line are left out (and counted below the table).
    pub skip_covered: bool,
}

/// An order of files; equal ones stay in the order of their paths.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What is compared.
    pub key: SortKey,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A column of the table.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// The name shown.
    #[default]
    Name,
    /// The number of executable lines.
    Lines,
    /// The number of lines that nobody hit.
    Miss,
    /// The percentage.
    Cover,
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, descending) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
        let key = match column.to_ascii_lowercase().as_str() {
            "name" => SortKey::Name,
            // coverage.py's word for the column.
            "lines" | "stmts" => SortKey::Lines,
            "miss" => SortKey::Miss,
            "cover" => SortKey::Cover,
            _ => return Err("the columns are name, lines, miss and cover".to_owned()),
        };
        Ok(Self { key, descending })
    }
}

/// Writes the table.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(coverage: &Coverage, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let is_shown = |file: &&FileCoverage| !options.skip_covered || file.totals.missing() > 0;
    let mut files: Vec<(String, &FileCoverage)> = coverage
        .files
        .iter()
        .filter(is_shown)
        .map(|file| (file_name(options.here, &file.source.path), file))
        .collect();
    files.sort_by(|a, b| compare(a, b, options.sort));

    let longest = files.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let width = longest.max("TOTAL".len()) + 2;
    let heading = if options.show_missing { "   Missing" } else { "" };
    let cover = (" 100.%".len() + options.precision).max("  Cover".len());
    let header = format!("{:width$}{:>7}{:>7}{:>cover$}{heading}", "Name", "Lines", "Miss", "Cover");
    let rule = "-".repeat(header.chars().count());
    let row = |name: &str, totals: Totals| {
        let percent = totals.percent_text(options.precision) + "%";
        format!("{name:width$}{:>7}{:>7}{percent:>cover$}", totals.lines, totals.missing())
    };

    writeln!(out, "{header}\n{rule}")?;
    for (name, file) in &files {
        write!(out, "{}", row(name, file.totals))?;
        if options.show_missing {
            write_missing(file, out)?;
        }
        writeln!(out)?;
    }
    if !files.is_empty() {
        writeln!(out, "{rule}")?;
    }
    writeln!(out, "{}", row("TOTAL", coverage.totals))?;
    match coverage.files.len() - files.len() {
        0 => Ok(()),
        1 => writeln!(out, "\n1 file skipped due to complete coverage."),
        skipped => writeln!(out, "\n{skipped} files skipped due to complete coverage."),
    }
}

fn write_missing(file: &FileCoverage, out: &mut dyn Write) -> io::Result<()> {
    for (index, range) in file.missing_ranges().into_iter().enumerate() {
        write!(out, "{}{range}", if index == 0 { "   " } else { ", " })?;
    }
    Ok(())
}

fn compare(a: &(String, &FileCoverage), b: &(String, &FileCoverage), sort: Sort) -> Ordering {
    let (x, y) = (a.1.totals, b.1.totals);
    let order = match sort.key {
        SortKey::Name => a.0.cmp(&b.0),
        SortKey::Lines => x.lines.cmp(&y.lines),
        SortKey::Miss => x.missing().cmp(&y.missing()),
        SortKey::Cover => x.percent().total_cmp(&y.percent()),
    };
    if sort.descending { order.reverse() } else { order }
}
