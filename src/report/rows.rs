//! The files of a table: which are shown, and in which order.

use super::coverage::{Coverage, FileCoverage};
use super::naming::file_name;
use crate::sources::Here;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::str::FromStr;

/// Which files to show, and in which order.
#[derive(Debug, Default, Clone, Copy)]
pub struct RowSelection {
    /// The order of the files.
    pub sort: Sort,
    /// Whether to leave out files without missing lines and branches.
    pub skip_covered: bool,
    /// Whether to leave out files without executable lines.
    pub skip_empty: bool,
}

/// An order of files. Files that compare equal stay in the order of their paths.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The column to compare.
    pub key: SortKey,
    /// Whether the order is reversed.
    pub descending: bool,
}

/// A column of the table.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// The displayed name.
    #[default]
    Name,
    /// The number of executable lines.
    Lines,
    /// The number of lines that no process ran.
    Miss,
    /// The number of directions of branches.
    Branch,
    /// The number of directions that no process took, of lines that a process ran.
    BrPart,
    /// The percentage.
    Cover,
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, descending) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
        let key = match column.to_ascii_lowercase().as_str() {
            "name" => SortKey::Name,
            // `stmts` is the name of the column in coverage.py.
            "lines" | "stmts" => SortKey::Lines,
            "miss" => SortKey::Miss,
            "branch" => SortKey::Branch,
            "brpart" => SortKey::BrPart,
            "cover" => SortKey::Cover,
            _ => return Err("expected name, lines, miss, branch, brpart or cover".to_owned()),
        };
        Ok(Self { key, descending })
    }
}

/// A file under its displayed name.
pub(super) struct TableRow<'c, 'v> {
    /// Fit for a terminal.
    pub name: Cow<'c, str>,
    pub file: &'c FileCoverage<'v>,
}

/// The files of a table, and how many were left out.
pub(super) struct TableRows<'c, 'v> {
    pub files: Vec<TableRow<'c, 'v>>,
    /// How many were left out because no line and no branch is missing.
    pub covered: usize,
    /// How many were left out because they have no executable line.
    pub empty: usize,
}

impl<'c, 'v> TableRows<'c, 'v> {
    pub fn of(coverage: &'c Coverage<'v>, here: &Here, selection: RowSelection) -> Self {
        let mut rows = Self { files: Vec::new(), covered: 0, empty: 0 };
        for file in &coverage.files {
            if selection.skip_covered && file.totals.together().missing() == 0 {
                rows.covered += 1;
            } else if selection.skip_empty && file.totals.lines.all == 0 {
                rows.empty += 1;
            } else {
                rows.files.push(TableRow { name: file_name(here, &file.source.path), file });
            }
        }
        rows.files.sort_by(|a, b| compare(a, b, selection.sort));
        rows
    }

    /// How many files were left out: one sentence for each reason.
    pub fn left_out(&self) -> impl Iterator<Item = String> {
        let counted = |count, one: &str, many: &str, rest: &str| match count {
            0 => None,
            1 => Some(format!("1 {one} skipped{rest}.")),
            _ => Some(format!("{count} {many} skipped{rest}.")),
        };
        let covered = counted(self.covered, "file", "files", " due to complete coverage");
        covered.into_iter().chain(counted(self.empty, "empty file", "empty files", ""))
    }
}

fn compare(a: &TableRow, b: &TableRow, sort: Sort) -> Ordering {
    let (x, y) = (a.file.totals, b.file.totals);
    let order = match sort.key {
        SortKey::Name => a.name.cmp(&b.name),
        SortKey::Lines => x.lines.all.cmp(&y.lines.all),
        SortKey::Miss => x.lines.missing().cmp(&y.lines.missing()),
        SortKey::Branch => x.branches.all.cmp(&y.branches.all),
        SortKey::BrPart => x.partial.cmp(&y.partial),
        SortKey::Cover => x.together().percent().total_cmp(&y.together().percent()),
    };
    if sort.descending { order.reverse() } else { order }
}
