//! The first page: the files as a table.

use super::super::coverage::{Coverage, FileCoverage};
use super::super::totals::Totals;
use super::Page;
use super::sets::{Families, Only, ProcessSets, Reach, Reached};
use crate::data::view::View;
use askama::Template;
use serde::Serialize;
use std::collections::BTreeMap;

/// A file of the table.
pub(super) struct Row {
    name: String,
    address: String,
    lines: Measure,
    functions: Totals,
    /// Lines that children ran, and no parent.
    only_in_children: usize,
    processes: usize,
    /// How many of the lines, and of the functions, each set of processes reached.
    line_sets: BTreeMap<usize, usize>,
    function_sets: BTreeMap<usize, usize>,
}

/// A part of all lines, for a bar.
pub(super) struct Measure {
    pub totals: Totals,
    pub percent: String,
}

impl Measure {
    pub fn of(totals: Totals, precision: usize) -> Self {
        Self { totals, percent: totals.percent_text(precision) }
    }
}

impl Row {
    pub fn of(
        name: String,
        address: &str,
        file: &FileCoverage,
        reach: &Reach,
        families: &Families,
        sets: &mut ProcessSets,
        precision: usize,
    ) -> Self {
        let source = file.source;
        let numbers = sets.add(&reach.sets);
        let line_sets = tally(source.executable.iter(), &reach.lines, &numbers);
        let is_of_children = |set: usize| families.only(sets.get(set)) == Only::Children;
        let only_in_children =
            line_sets.iter().filter(|(set, _)| is_of_children(**set)).map(|(_, lines)| lines).sum();
        let ordinals = source.functions.iter().map(|function| function.ordinal);
        let function_sets = tally(ordinals, &reach.functions, &numbers);
        let functions = Totals { lines: source.functions.len(), hit: function_sets.values().sum() };
        Self {
            name,
            address: address.to_owned(),
            lines: Measure::of(file.totals, precision),
            functions,
            only_in_children,
            processes: source.hits.len(),
            line_sets,
            function_sets,
        }
    }
}

/// How many of `wanted` each set reached, by the numbers that the sets have in all files.
fn tally(wanted: impl Iterator<Item = u32>, reached: &Reached, numbers: &[usize]) -> BTreeMap<usize, usize> {
    let mut tally = BTreeMap::new();
    let sets = wanted.filter_map(|number| reached.get(&number)).map(|set| numbers[*set]);
    sets.for_each(|set| *tally.entry(set).or_default() += 1);
    tally
}

/// What the script knows of the files.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    sets: &'a ProcessSets,
    /// In the order of the table.
    files: Vec<FileData<'a>>,
}

#[derive(Serialize)]
struct FileData<'a> {
    lines: Vec<(usize, usize)>,
    functions: Vec<(usize, usize)>,
    name: &'a str,
}

impl<'a> Data<'a> {
    pub fn of(rows: &'a [Row], sets: &'a ProcessSets) -> Self {
        let pairs =
            |tally: &BTreeMap<usize, usize>| tally.iter().map(|(set, count)| (*set, *count)).collect();
        let file = |row: &'a Row| FileData {
            lines: pairs(&row.line_sets),
            functions: pairs(&row.function_sets),
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
    rows: &'a [Row],
    total: Measure,
    functions: Totals,
    only_in_children: usize,
    processes: usize,
    precision: usize,
}

pub(super) fn page<'a>(
    page: &'a Page,
    rows: &'a [Row],
    view: &View,
    coverage: &Coverage,
    precision: usize,
) -> FilesPage<'a> {
    let mut functions = Totals::default();
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
