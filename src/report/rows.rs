//! Which files a table shows, and in which order.

use super::coverage::{Coverage, FileCoverage};
use super::names::file_name;
use crate::sources::Here;
use std::cmp::Ordering;
use std::str::FromStr;

/// What is chosen.
#[derive(Debug, Default, Clone, Copy)]
pub struct Choice {
    /// The order of the files.
    pub sort: Sort,
    /// Whether files without a missing line are left out.
    pub skip_covered: bool,
    /// Whether files without an executable line are left out.
    pub skip_empty: bool,
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

/// A file by the name that is shown.
pub(super) type Row<'c, 'v> = (String, &'c FileCoverage<'v>);

/// The files of a table, and how many were left out.
pub(super) struct Rows<'c, 'v> {
    pub files: Vec<Row<'c, 'v>>,
    /// Left out for having no missing line.
    pub covered: usize,
    /// Left out for having no line.
    pub empty: usize,
}

impl<'c, 'v> Rows<'c, 'v> {
    pub fn of(coverage: &'c Coverage<'v>, here: &Here, choice: Choice) -> Self {
        let mut rows = Self { files: Vec::new(), covered: 0, empty: 0 };
        for file in &coverage.files {
            if choice.skip_covered && file.totals.missing() == 0 {
                rows.covered += 1;
            } else if choice.skip_empty && file.totals.lines == 0 {
                rows.empty += 1;
            } else {
                rows.files.push((file_name(here, &file.source.path), file));
            }
        }
        rows.files.sort_by(|a, b| compare(a, b, choice.sort));
        rows
    }

    /// Says how many files were left out, a sentence for each reason.
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

fn compare(a: &Row, b: &Row, sort: Sort) -> Ordering {
    let (x, y) = (a.1.totals, b.1.totals);
    let order = match sort.key {
        SortKey::Name => a.0.cmp(&b.0),
        SortKey::Lines => x.lines.cmp(&y.lines),
        SortKey::Miss => x.missing().cmp(&y.missing()),
        SortKey::Cover => x.percent().total_cmp(&y.percent()),
    };
    if sort.descending { order.reverse() } else { order }
}
