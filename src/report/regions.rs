//! Which lines of a file are those of each function and class.
//!
//! A line belongs to the innermost function that it is in. Instances of a function that begin at the same
//! line share their lines.

use super::coverage::FileCoverage;
use super::totals::Totals;
use crate::data::view::{Branch, Function, SourceFile};
use crate::runtime::{Definition, DefinitionKind};
use std::cmp::Reverse;
use std::ops::Range;

/// The coverage of a part of a file.
#[derive(Debug, Default, Clone)]
pub(super) struct RegionCoverage<'v> {
    /// All its lines, whether they count or not, ascending.
    pub(super) ranges: Vec<Range<u32>>,
    /// The lines that count, ascending, each with whether any process ran it.
    pub(super) lines: Vec<(u32, bool)>,
    /// The lines that are excluded, ascending.
    pub(super) excluded: Vec<u32>,
    /// The directions that count, each with whether any process took it.
    pub(super) branches: Vec<(&'v Branch, bool)>,
    pub(super) totals: Totals,
}

impl<'v> RegionCoverage<'v> {
    /// The coverage of a whole file.
    pub(super) fn of(file: &FileCoverage<'v>) -> Self {
        split(file, &[], 0).1.coverage
    }
}

/// The functions of a file with their lines.
#[derive(Debug)]
pub(super) struct FunctionRegions<'v> {
    /// The first line of each region, and the last one at which a function of it can begin.
    begins: Vec<(u32, u32)>,
    /// The lines of each.
    regions: Vec<RegionCoverage<'v>>,
    rest: Rest<'v>,
}

impl<'v> FunctionRegions<'v> {
    pub(super) fn of(file: &FileCoverage<'v>) -> Self {
        let functions = &file.source.functions;
        let (begins, spans): (Vec<_>, Vec<_>) = if file.source.definitions.is_empty() {
            let groups = functions.chunk_by(|one, next| one.line == next.line).map(|group| {
                let last = group.iter().map(|function| function.last).max().unwrap_or_default();
                ((group[0].line, group[0].line), (group[0].line, last))
            });
            groups.unzip()
        } else {
            let definition = |it: &Definition| ((it.first, it.start), (it.body.first, it.body.last));
            of_kind(file.source, DefinitionKind::Function).map(definition).unzip()
        };
        let spans: Vec<Span> =
            spans.into_iter().zip(0..).map(|((first, last), region)| Span { first, last, region }).collect();
        let (regions, rest) = split(file, &spans, begins.len());
        Self { begins, regions, rest }
    }

    /// What is in no function.
    pub(super) fn rest(&self) -> &Rest<'v> {
        &self.rest
    }

    /// The lines of a function; `None` if they are not known.
    pub(super) fn of_function(&self, function: &Function) -> Option<&RegionCoverage<'v>> {
        let before = self.begins.partition_point(|(first, _)| *first <= function.line);
        let region = before.checked_sub(1)?;
        (function.line <= self.begins[region].1).then(|| &self.regions[region])
    }
}

/// The definitions of a kind, each with its lines, and the lines that are in none.
pub(super) fn of_definitions<'v>(
    file: &FileCoverage<'v>,
    kind: DefinitionKind,
) -> (Vec<(&'v Definition, RegionCoverage<'v>)>, Rest<'v>) {
    let definitions: Vec<&Definition> = of_kind(file.source, kind).collect();
    let functions = of_kind(file.source, DefinitionKind::Function);
    let mut spans: Vec<Span> = Vec::new();
    match kind {
        DefinitionKind::Function => spans.extend(functions.zip(0..).map(|(it, region)| Span::of(it, region))),
        // The lines of a class are those of its methods.
        DefinitionKind::Class => {
            let class = |definition: &Definition| {
                let class = &file.source.definitions[definition.class?];
                let region = definitions.iter().position(|it| std::ptr::eq(*it, class))?;
                Some(Span::of(definition, region))
            };
            spans.extend(functions.filter_map(class));
        }
    }
    let (regions, rest) = split(file, &spans, definitions.len());
    (definitions.into_iter().zip(regions).collect(), rest)
}

/// The lines of a file that are in no region.
#[derive(Debug)]
pub(super) struct Rest<'v> {
    /// The first line of the file that is in no region, whether it is executable or not.
    pub(super) start: u32,
    pub(super) coverage: RegionCoverage<'v>,
}

impl<'v> Rest<'v> {
    fn of(source: &SourceFile, coverage: RegionCoverage<'v>) -> Self {
        let start = coverage.ranges.first().map_or(1, |range| range.start);
        let is_behind_all = source.executable.last().is_some_and(|last| start > last);
        Self { start: if is_behind_all { 1 } else { start }, coverage }
    }
}

fn of_kind(source: &SourceFile, kind: DefinitionKind) -> impl Iterator<Item = &Definition> {
    source.definitions.iter().filter(move |definition| definition.kind == kind)
}

/// Lines from `first` to `last` that are a region's, unless an inner one has them.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: u32,
    last: u32,
    region: usize,
}

impl Span {
    fn of(definition: &Definition, region: usize) -> Self {
        Self { first: definition.body.first, last: definition.body.last, region }
    }
}

/// The coverage of each of `count` regions, and of what is in none.
fn split<'v>(file: &FileCoverage<'v>, spans: &[Span], count: usize) -> (Vec<RegionCoverage<'v>>, Rest<'v>) {
    let mut spans = spans.to_vec();
    spans.sort_by_key(|span| (span.first, Reverse(span.last)));
    let mut regions = vec![RegionCoverage::default(); count + 1];
    let mut at = Innermost::new(&spans, count);
    for range in pieces(&spans) {
        regions[at.line(range.start)].ranges.push(range);
    }
    let mut at = Innermost::new(&spans, count);
    for (line, is_hit) in file.lines() {
        let region = &mut regions[at.line(line)];
        region.lines.push((line, is_hit));
        region.totals.add_line(is_hit);
    }
    let mut at = Innermost::new(&spans, count);
    for line in file.source.excluded.iter() {
        regions[at.line(line)].excluded.push(line);
    }
    let mut at = Innermost::new(&spans, count);
    for (branch, is_taken) in file.branches() {
        let region = &mut regions[at.line(branch.line)];
        region.branches.push((branch, is_taken));
        region.totals.add_branch(is_taken, file.hit.contains(branch.line));
    }
    let mut at = Innermost::new(&spans, count);
    file.waived().for_each(|line| regions[at.line(line)].totals.add_waived());
    let coverage = regions.pop().unwrap_or_default();
    (regions, Rest::of(file.source, coverage))
}

/// All lines, cut where a span begins or ends.
fn pieces(spans: &[Span]) -> impl Iterator<Item = Range<u32>> {
    let ends = spans.iter().flat_map(|span| [span.first, span.last.saturating_add(1)]);
    let mut ends: Vec<u32> = ends.chain([1, u32::MAX]).collect();
    ends.sort_unstable();
    ends.dedup();
    (1..ends.len()).map(move |end| ends[end - 1]..ends[end])
}

/// Finds the innermost span of lines, which are asked for in ascending order.
struct Innermost<'s> {
    /// Those that begin further on.
    spans: &'s [Span],
    /// Those that have begun, the innermost last.
    open: Vec<Span>,
    outside: usize,
}

impl<'s> Innermost<'s> {
    fn new(spans: &'s [Span], outside: usize) -> Self {
        Self { spans, open: Vec::new(), outside }
    }

    fn line(&mut self, line: u32) -> usize {
        while let [span, further @ ..] = self.spans
            && span.first <= line
        {
            self.open.push(*span);
            self.spans = further;
        }
        while self.open.pop_if(|span| span.last < line).is_some() {}
        self.open.last().map_or(self.outside, |span| span.region)
    }
}

/// The executable lines of a file, to find where functions begin.
#[derive(Debug)]
pub(super) struct FirstLines(Vec<u32>);

impl FirstLines {
    pub(super) fn of(source: &SourceFile) -> Self {
        Self(source.executable.iter().collect())
    }

    /// The line at which a function begins in all reports: its first executable one. `None` without one.
    pub(super) fn at(&self, function: &Function) -> Option<u32> {
        let first = *self.0.get(self.0.partition_point(|line| *line < function.line))?;
        (function.line..=function.last).contains(&first).then_some(first)
    }
}
