//! The first page: a table of the files.

use super::super::coverage::{Coverage, FileCoverage};
use super::super::totals::Part;
use super::page::{Measure, Page};
use super::sets::{FileSets, ParentsAndChildren, ProcessSets, RanOnlyIn, SetNumbers};
use crate::data::view::View;
use askama::Template;
use serde::Serialize;
use std::collections::BTreeMap;

/// A row of the table.
pub(super) struct FileRow {
    name: String,
    address: String,
    lines: Measure,
    functions: Part,
    branches: Part,
    /// Lines that children ran and no parent ran.
    only_in_children: usize,
    processes: usize,
    /// How many lines, functions and directions of branches each set of processes ran.
    line_sets: BTreeMap<usize, usize>,
    function_sets: BTreeMap<usize, usize>,
    branch_sets: BTreeMap<usize, usize>,
    /// Further directions, which count as covered.
    waived: usize,
}

impl FileRow {
    pub fn of(
        name: String,
        address: &str,
        file: &FileCoverage,
        reach: &FileSets,
        families: &ParentsAndChildren,
        sets: &mut ProcessSets,
        precision: usize,
    ) -> Self {
        let source = file.source;
        let numbers = sets.add(&reach.sets);
        let line_sets = tally(source.executable.iter(), &reach.lines, &numbers);
        let is_of_children = |set: usize| families.only(sets.get(set)) == RanOnlyIn::Children;
        let only_in_children =
            line_sets.iter().filter(|(set, _)| is_of_children(**set)).map(|(_, lines)| lines).sum();
        let ordinals = source.functions.iter().map(|function| function.ordinal);
        let function_sets = tally(ordinals, &reach.functions, &numbers);
        let functions = Part { all: source.functions.len(), hit: function_sets.values().sum() };
        Self {
            name,
            address: address.to_owned(),
            lines: Measure::of(file.totals, precision),
            functions,
            branches: file.totals.branches,
            only_in_children,
            processes: source.hits.len(),
            line_sets,
            function_sets,
            branch_sets: tally(file.branches().map(|(branch, _)| branch.ordinal), &reach.branches, &numbers),
            waived: file.waived().count(),
        }
    }
}

/// How many of `wanted` each set ran. `numbers` maps the number of a set in this file to its number in the
/// report.
fn tally(
    wanted: impl Iterator<Item = u32>,
    reached: &SetNumbers,
    numbers: &[usize],
) -> BTreeMap<usize, usize> {
    let mut tally = BTreeMap::new();
    let sets = wanted.filter_map(|number| reached.get(&number)).map(|set| numbers[*set]);
    sets.for_each(|set| *tally.entry(set).or_default() += 1);
    tally
}

/// The content of `files.js`.
#[derive(Serialize)]
pub(super) struct FilesData<'a> {
    sets: &'a ProcessSets,
    /// In the order of the table.
    files: Vec<FileData<'a>>,
}

#[derive(Serialize)]
struct FileData<'a> {
    lines: Vec<(usize, usize)>,
    functions: Vec<(usize, usize)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branches: Option<Vec<(usize, usize)>>,
    /// How many more directions count as covered, whatever processes are chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<usize>,
    name: &'a str,
}

impl<'a> FilesData<'a> {
    pub fn of(rows: &'a [FileRow], sets: &'a ProcessSets, has_branches: bool) -> Self {
        let pairs =
            |tally: &BTreeMap<usize, usize>| tally.iter().map(|(set, count)| (*set, *count)).collect();
        let file = |row: &'a FileRow| FileData {
            lines: pairs(&row.line_sets),
            functions: pairs(&row.function_sets),
            branches: has_branches.then(|| pairs(&row.branch_sets)),
            waived: Some(row.waived).filter(|waived| *waived > 0),
            name: &row.name,
        };
        Self { sets, files: rows.iter().map(file).collect() }
    }
}

#[derive(Template)]
#[template(path = "index.html")]
pub(super) struct FilesPage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    rows: &'a [FileRow],
    total: Measure,
    functions: Part,
    only_in_children: usize,
    processes: usize,
    precision: usize,
}

pub(super) fn page<'a>(
    page: &'a Page,
    rows: &'a [FileRow],
    view: &View,
    coverage: &Coverage,
    precision: usize,
) -> FilesPage<'a> {
    let mut functions = Part::default();
    rows.iter().for_each(|row| functions += row.functions);
    FilesPage {
        page,
        to_root: "",
        rows,
        total: Measure::of(coverage.totals, precision),
        functions,
        only_in_children: rows.iter().map(|row| row.only_in_children).sum(),
        processes: view.processes.len(),
        precision,
    }
}
