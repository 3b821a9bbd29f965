//! The files of the report: their lines and branches, and those of each function and class.

use super::super::branches::{Direction, FileBranches};
use super::super::coverage::{Coverage, FileCoverage};
use super::super::naming::distinct;
use super::super::regions::{self, FirstLines, FunctionRegions, RegionCoverage, Rest};
use super::super::totals::Totals;
use super::contexts::{FileContexts, LineContexts, RegionContexts};
use crate::data::view::Branch;
use crate::quote::json::text;
use crate::runtime::{Definition, DefinitionKind};
use hashbrown::HashSet;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// The files by name.
pub(super) struct FileEntries<'a> {
    pub(super) coverage: &'a Coverage<'a>,
    pub(super) names: &'a [Cow<'a, str>],
    pub(super) precision: usize,
    pub(super) contexts: Option<FileContexts<'a>>,
}

impl Serialize for FileEntries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shape = Shape { has_branches: self.coverage.has_branches, precision: self.precision };
        let mut map = serializer.serialize_map(Some(self.names.len()))?;
        for (name, file) in self.names.iter().zip(&self.coverage.files) {
            let contexts = self.contexts.as_ref().map(|contexts| contexts.of_file(&file.source.path));
            let regions = Regions { file, shape, contexts: contexts.as_ref() };
            map.serialize_entry(name, &FileEntry::of(&regions))?;
        }
        map.end()
    }
}

/// What all parts of a report have, or not.
#[derive(Debug, Clone, Copy)]
struct Shape {
    has_branches: bool,
    precision: usize,
}

#[derive(Serialize)]
struct FileEntry<'a> {
    #[serde(flatten)]
    coverage: CoverageEntry<'a>,
    /// The directions of the branches, of native sources too.
    #[serde(skip_serializing_if = "Option::is_none")]
    branches: Option<Vec<BranchEntry>>,
    functions: RegionEntries<'a>,
    classes: RegionEntries<'a>,
}

impl<'a> FileEntry<'a> {
    fn of(regions: &Regions<'a>) -> Self {
        let Regions { file, shape, .. } = *regions;
        let entry = |direction: &Direction| {
            let Direction { branch: Branch { line, jump, way, .. }, processes, .. } = *direction;
            BranchEntry { line, jump, way, processes }
        };
        Self {
            coverage: regions.coverage(&RegionCoverage::of(file)),
            branches: shape.has_branches.then(|| FileBranches::of(file).directions().map(entry).collect()),
            functions: regions.functions(),
            classes: regions.classes(),
        }
    }
}

/// The coverage of a file, or of a part of it.
#[derive(Serialize)]
struct CoverageEntry<'a> {
    executed_lines: Vec<u32>,
    summary: Summary,
    missing_lines: Vec<u32>,
    excluded_lines: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contexts: Option<RegionContexts<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    arcs: Option<Arcs>,
}

/// The directions of branches by line and destination, which only a runtime knows.
#[derive(Serialize)]
struct Arcs {
    executed_branches: Vec<[i64; 2]>,
    missing_branches: Vec<[i64; 2]>,
}

/// A direction of a branch.
#[derive(Serialize)]
struct BranchEntry {
    line: u32,
    jump: u32,
    way: i64,
    /// How many processes took it.
    processes: usize,
}

/// Functions or classes by distinct names; under the empty name, what is outside of them.
#[derive(Default)]
struct RegionEntries<'a>(Vec<(Cow<'a, str>, RegionEntry<'a>)>);

impl Serialize for RegionEntries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, region)| (name, region)))
    }
}

#[derive(Serialize)]
struct RegionEntry<'a> {
    #[serde(flatten)]
    coverage: CoverageEntry<'a>,
    start_line: u32,
    /// How many processes entered the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    processes: Option<usize>,
}

/// The regions of a file.
struct Regions<'a> {
    file: &'a FileCoverage<'a>,
    shape: Shape,
    contexts: Option<&'a LineContexts<'a>>,
}

impl<'a> Regions<'a> {
    fn functions(&self) -> RegionEntries<'a> {
        let source = self.file.source;
        if source.definitions.iter().any(|definition| !definition.name.is_empty()) {
            let entered = |definition: &Definition| {
                let from = source.functions.partition_point(|function| function.line < definition.first);
                let function =
                    source.functions.get(from).filter(|function| function.line <= definition.start);
                Some(function.map_or(0, |function| function.processes))
            };
            return self.definitions(DefinitionKind::Function, entered);
        }
        let (of_functions, first_lines) = (FunctionRegions::of(self.file), FirstLines::of(source));
        let nothing = RegionCoverage::default();
        let entries = distinct(&source.functions).into_iter().map(|(name, function)| {
            let entry = RegionEntry {
                coverage: self.coverage(of_functions.of_function(function).unwrap_or(&nothing)),
                start_line: first_lines.at(function).unwrap_or(function.line),
                processes: Some(function.processes),
            };
            (Cow::Owned(text(&name).into_owned()), entry)
        });
        let entries: Vec<_> = entries.collect();
        self.with_rest(entries, of_functions.rest())
    }

    fn classes(&self) -> RegionEntries<'a> {
        self.definitions(DefinitionKind::Class, |_| None)
    }

    fn definitions(
        &self,
        kind: DefinitionKind,
        entered: impl Fn(&Definition) -> Option<usize>,
    ) -> RegionEntries<'a> {
        let (regions, rest) = regions::of_definitions(self.file, kind);
        let names = names(&regions);
        let entries = regions.iter().zip(names).map(|((definition, coverage), name)| {
            let (coverage, processes) = (self.coverage(coverage), entered(definition));
            (name, RegionEntry { coverage, start_line: definition.start, processes })
        });
        self.with_rest(entries.collect(), &rest)
    }

    fn with_rest(&self, mut entries: Vec<(Cow<'a, str>, RegionEntry<'a>)>, rest: &Rest) -> RegionEntries<'a> {
        let Rest { start, coverage } = rest;
        let rest = RegionEntry { coverage: self.coverage(coverage), start_line: *start, processes: None };
        entries.push((Cow::Borrowed(""), rest));
        RegionEntries(entries)
    }

    fn coverage(&self, region: &RegionCoverage) -> CoverageEntry<'a> {
        let RegionCoverage { ranges, lines, excluded, branches, totals } = region;
        let lines_that =
            |wanted| lines.iter().filter(|(_, hit)| *hit == wanted).map(|(line, _)| *line).collect();
        let arcs_that = |wanted| {
            let arcs = branches.iter().filter(|(_, is_taken)| *is_taken == wanted);
            let arcs = arcs.filter(|_| self.file.source.runtime.is_some());
            arcs.map(|(branch, _)| [branch.line.into(), branch.way]).collect()
        };
        let arcs = || Arcs { executed_branches: arcs_that(true), missing_branches: arcs_that(false) };
        CoverageEntry {
            executed_lines: lines_that(true),
            summary: Summary::of(*totals, excluded.len(), self.shape.has_branches, self.shape.precision),
            missing_lines: lines_that(false),
            excluded_lines: excluded.clone(),
            contexts: self.contexts.map(|contexts| contexts.of_region(ranges)),
            arcs: self.shape.has_branches.then(arcs),
        }
    }
}

/// A distinct name for each definition, as coverage.py gives it: of several of one name, the first that has
/// lines keeps it, and the others get their line.
fn names<'a>(regions: &[(&'a Definition, RegionCoverage)]) -> Vec<Cow<'a, str>> {
    let has_lines = |region: &RegionCoverage| region.totals.lines.all > 0;
    let with_lines: HashSet<&str> =
        regions.iter().filter(|(_, region)| has_lines(region)).map(|(it, _)| it.name.as_str()).collect();
    let mut seen: HashSet<&str> = HashSet::new();
    let name = |(definition, region): &(&'a Definition, RegionCoverage)| {
        let name = definition.name.as_str();
        let is_other = seen.contains(name) || with_lines.contains(name) && !has_lines(region);
        if is_other {
            return Cow::Owned(format!("{name}@{}", definition.start));
        }
        seen.insert(name);
        text(name)
    };
    regions.iter().map(name).collect()
}

#[derive(Serialize)]
pub(super) struct Summary {
    covered_lines: usize,
    num_statements: usize,
    percent_covered: f64,
    percent_covered_display: String,
    missing_lines: usize,
    excluded_lines: usize,
    percent_statements_covered: f64,
    percent_statements_covered_display: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    branches: Option<BranchSummary>,
}

#[derive(Serialize)]
struct BranchSummary {
    num_branches: usize,
    num_partial_branches: usize,
    covered_branches: usize,
    missing_branches: usize,
    percent_branches_covered: f64,
    percent_branches_covered_display: String,
}

impl Summary {
    pub(super) fn of(totals: Totals, excluded: usize, has_branches: bool, precision: usize) -> Self {
        let Totals { lines, branches, partial } = totals;
        let of_branches = || BranchSummary {
            num_branches: branches.all,
            num_partial_branches: partial,
            covered_branches: branches.hit,
            missing_branches: branches.missing(),
            percent_branches_covered: branches.percent(),
            percent_branches_covered_display: branches.percent_text(precision),
        };
        Self {
            covered_lines: lines.hit,
            num_statements: lines.all,
            percent_covered: totals.together().percent(),
            percent_covered_display: totals.together().percent_text(precision),
            missing_lines: lines.missing(),
            excluded_lines: excluded,
            percent_statements_covered: lines.percent(),
            percent_statements_covered_display: lines.percent_text(precision),
            branches: has_branches.then(of_branches),
        }
    }
}
