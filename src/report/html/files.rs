//! The first page: the files.

use super::super::coverage::{Coverage, FileCoverage};
use super::super::totals::Part;
use super::page::{Measure, Page};
use super::sets::{FileSets, ParentsAndChildren, ProcessSets, RanOnlyIn, SetNumbers};
use askama::Template;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A row of the table.
pub(super) struct FileRow {
    pub name: String,
    pub address: String,
    measure: Measure,
    functions: Part,
    /// Lines that children ran and no parent ran.
    only_in_children: usize,
    processes: usize,
    /// How many lines, functions and directions of branches each set of processes ran.
    line_sets: Tally,
    function_sets: Tally,
    branch_sets: Tally,
    /// Further directions, which count as covered.
    waived: usize,
}

/// How many lines (or functions, or directions of branches) each set ran.
type Tally = BTreeMap<usize, usize>;

impl FileRow {
    /// `numbers` maps the number of a set in this file to its number in the report, `sets`.
    pub fn of(
        name: String,
        address: String,
        file: &FileCoverage,
        reach: &FileSets,
        families: &ParentsAndChildren,
        (sets, numbers): (&ProcessSets, &[usize]),
        page: &Page,
    ) -> Self {
        let source = file.source;
        let line_sets = tally(source.executable.iter(), &reach.lines, numbers);
        let is_of_children = |set: usize| families.only(sets.get(set)) == RanOnlyIn::Children;
        let only_in_children =
            line_sets.iter().filter(|(set, _)| is_of_children(**set)).map(|(_, lines)| lines).sum();
        let ordinals = source.functions.iter().map(|function| function.ordinal);
        let function_sets = tally(ordinals, &reach.functions, numbers);
        let functions = Part { all: source.functions.len(), hit: function_sets.values().sum() };
        Self {
            name,
            address,
            measure: Measure::of(file.totals, page),
            functions,
            only_in_children,
            processes: source.hits.len(),
            line_sets,
            function_sets,
            branch_sets: tally(file.branches().map(|(branch, _)| branch.ordinal), &reach.branches, numbers),
            waived: file.waived().count(),
        }
    }
}

fn tally(wanted: impl Iterator<Item = u32>, reached: &SetNumbers, numbers: &[usize]) -> Tally {
    let mut tally = Tally::new();
    let sets = wanted.filter_map(|number| reached.get(&number)).map(|set| numbers[*set]);
    sets.for_each(|set| *tally.entry(set).or_default() += 1);
    tally
}

/// The content of `files.js`: for each file, in the order of the table, a list of
///
/// * how many bytes its name shares with the name before it, and the rest of the name,
/// * the address of its page, without `source/` and `.html`,
/// * lines, and those that ran,
/// * functions, and those that were entered,
/// * lines only in children, and processes,
/// * directions of branches, and those that were taken: only where branches were measured.
pub(super) struct FilesData<'a> {
    pub rows: &'a [FileRow],
    pub has_branches: bool,
}

impl Serialize for FilesData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let before = std::iter::once("").chain(self.rows.iter().map(|row| row.name.as_str()));
        serializer.collect_seq(self.rows.iter().zip(before).map(|(row, before)| self.file(row, before)))
    }
}

impl FilesData<'_> {
    fn file<'r>(&self, row: &'r FileRow, before: &str) -> impl Serialize + use<'r> {
        let shared = shared_start(before, &row.name);
        // Scripts count in units of UTF-16.
        let units: usize = row.name[..shared].chars().map(char::len_utf16).sum();
        let address = row.address.trim_start_matches("source/").trim_end_matches(".html");
        let totals = &row.measure.totals;
        let Part { all: lines, hit } = totals.lines;
        let Part { all: functions, hit: entered } = row.functions;
        let name = (units, &row.name[shared..], address);
        let branches = [totals.branches.all, totals.branches.hit];
        let branches = if self.has_branches { &branches[..] } else { &[] }.to_vec();
        let numbers = [lines, hit, functions, entered, row.only_in_children, row.processes];
        Flat(name, numbers.into_iter().chain(branches).collect())
    }
}

/// A name and numbers, as one list.
struct Flat<'r>((usize, &'r str, &'r str), Vec<usize>);

impl Serialize for Flat<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut list = serializer.serialize_seq(None)?;
        let (shared, rest, address) = self.0;
        list.serialize_element(&shared)?;
        list.serialize_element(rest)?;
        list.serialize_element(address)?;
        for number in &self.1 {
            list.serialize_element(number)?;
        }
        list.end()
    }
}

/// How many bytes two names have in common at their beginning.
fn shared_start(one: &str, other: &str) -> usize {
    let pairs = one.chars().zip(other.chars());
    pairs.take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum()
}

/// The content of `sets.js`, which pages load when processes are chosen.
#[derive(Serialize)]
pub(super) struct SetsData<'a> {
    sets: &'a ProcessSets,
    /// In the order of `files.js`.
    files: Vec<FileSetsData>,
}

/// Of lines, functions and branches, the numbers of sets, each followed by how many it ran; and how many more
/// directions count as covered, whatever processes are chosen.
#[derive(Serialize)]
struct FileSetsData(Vec<usize>, Vec<usize>, Vec<usize>, usize);

impl<'a> SetsData<'a> {
    pub fn of(rows: &[FileRow], sets: &'a ProcessSets) -> Self {
        let flat = |tally: &Tally| tally.iter().flat_map(|(set, count)| [*set, *count]).collect();
        let file = |row: &FileRow| {
            let [lines, functions, branches] =
                [&row.line_sets, &row.function_sets, &row.branch_sets].map(flat);
            FileSetsData(lines, functions, branches, row.waived)
        };
        Self { sets, files: rows.iter().map(file).collect() }
    }
}

/// The page, whose table a script makes.
#[derive(Template)]
#[template(path = "index.html")]
pub(super) struct FilesPage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    files: usize,
    percent: String,
}

/// The same as a table, for browsers that run no scripts.
#[derive(Template)]
#[template(path = "plain.html")]
pub(super) struct PlainPage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    rows: &'a [FileRow],
    total: Measure,
    functions: Part,
    only_in_children: usize,
}

pub(super) fn pages<'a>(
    page: &'a Page,
    rows: &'a [FileRow],
    coverage: &Coverage,
) -> (FilesPage<'a>, PlainPage<'a>) {
    let mut functions = Part::default();
    rows.iter().for_each(|row| functions += row.functions);
    let total = Measure::of(coverage.totals, page);
    let first = FilesPage { page, to_root: "", files: rows.len(), percent: total.percent.clone() };
    let only_in_children = rows.iter().map(|row| row.only_in_children).sum();
    (first, PlainPage { page, to_root: "", rows, total, functions, only_in_children })
}

#[cfg(test)]
mod tests {
    use super::shared_start;

    #[test]
    fn names_share_whole_characters() {
        assert_eq!(shared_start("src/é.c", "src/è.c"), 4);
        assert_eq!(shared_start("a", "ab"), 1);
        assert_eq!(shared_start("", "ab"), 0);
    }
}
