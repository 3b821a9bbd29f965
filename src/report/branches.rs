//! The branches of the lines of a file.

use super::coverage::{FileCoverage, Range, joined, ranges};
use super::line_counts::{LineCounts, by_set};
use super::totals::Part;
use crate::data::view::Branch;
use std::collections::BTreeMap;

/// The branches of the lines of a file that count, by line.
#[derive(Debug, Default)]
pub(super) struct FileBranches {
    lines: BTreeMap<u32, Vec<Direction>>,
    /// How many directions of a line count as covered beside these.
    waived: BTreeMap<u32, usize>,
    /// Whether the ways are destinations, as those of a runtime.
    has_destinations: bool,
}

/// A direction of a branch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Direction {
    pub(super) branch: Branch,
    /// Its place among the directions of its jump, from 0.
    pub(super) place: usize,
    /// How many processes took it.
    pub(super) processes: usize,
}

impl FileBranches {
    pub(super) fn of(file: &FileCoverage) -> Self {
        let counts = LineCounts::of_groups(&by_set(&file.source.taken));
        let mut lines: BTreeMap<u32, Vec<Direction>> = BTreeMap::new();
        for (branch, _) in file.branches() {
            let of_line = lines.entry(branch.line).or_default();
            let before = of_line.last().filter(|before| before.branch.jump == branch.jump);
            let place = before.map_or(0, |before| before.place + 1);
            of_line.push(Direction { branch: *branch, place, processes: counts.at(branch.ordinal) });
        }
        let mut waived = BTreeMap::new();
        file.waived().for_each(|line| *waived.entry(line).or_default() += 1);
        Self { lines, waived, has_destinations: file.source.runtime.is_some() }
    }

    /// Where the directions of a line lead that no process took: `15,exit`. `None` if there are none, or
    /// their destinations are not known.
    pub(super) fn missing_destinations(&self, line: u32) -> Option<String> {
        let missing = self.of_line(line).iter().filter(|direction| direction.processes == 0);
        let destinations = missing.map(|direction| destination(direction.branch.way));
        let destinations = destinations.collect::<Vec<_>>().join(",");
        (self.has_destinations && !destinations.is_empty()).then_some(destinations)
    }

    /// The directions of all branches, by line and jump.
    pub(super) fn directions(&self) -> impl Iterator<Item = &Direction> {
        self.lines.values().flatten()
    }

    /// The directions of the branches of a line.
    pub(super) fn of_line(&self, line: u32) -> &[Direction] {
        self.lines.get(&line).map_or(&[], Vec::as_slice)
    }

    /// The directions of a line that no process took, in words: `->15, ->exit` of a runtime; of machine code
    /// `jump`, `no jump`, or the cases of a switch. If the line has several branches, each has its number,
    /// and no direction if it was not reached: `branch 1 jump, branch 3`.
    pub(super) fn missing_ways(&self, line: u32) -> String {
        let directions = self.of_line(line);
        let is_missing = |direction: &&Direction| direction.processes == 0;
        if self.has_destinations {
            let ways = directions.iter().filter(is_missing);
            let ways = ways.map(|direction| format!("->{}", destination(direction.branch.way)));
            return ways.collect::<Vec<_>>().join(", ");
        }
        let mut texts = Vec::new();
        for of_jump in directions.chunk_by(|one, next| one.branch.jump == next.branch.jump) {
            let missing: Vec<&Direction> = of_jump.iter().filter(is_missing).collect();
            let name = format!("branch {}", of_jump[0].branch.jump + 1);
            let way = match (&missing[..], of_jump.len()) {
                ([], _) => continue,
                (missing, all) if missing.len() == all => String::new(),
                ([only], ..=2) => if only.branch.way == 0 { "no jump" } else { "jump" }.to_owned(),
                (_, _) => format!("case {}", joined(&cases(of_jump))),
            };
            let is_alone = of_jump.len() == directions.len() && !way.is_empty();
            let parts = [if is_alone { "" } else { &name }, &way];
            texts.push(parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" "));
        }
        texts.join(", ")
    }

    /// How many directions a line has, and how many of these any process took, or count as covered. `None`
    /// without branches.
    pub(super) fn part(&self, line: u32) -> Option<Part> {
        let mut of_line = part(self.of_line(line));
        let waived = self.waived.get(&line).copied().unwrap_or_default();
        of_line += Part { all: waived, hit: waived };
        Some(of_line).filter(|of_line| of_line.all > 0)
    }
}

/// How many directions there are, and how many of these any process took.
pub(super) fn part<'d>(directions: impl IntoIterator<Item = &'d Direction>) -> Part {
    let mut part = Part::default();
    for direction in directions {
        part += Part { all: 1, hit: usize::from(direction.processes > 0) };
    }
    part
}

/// The cases of a switch that no process took, from 1.
fn cases(of_switch: &[Direction]) -> Vec<Range> {
    ranges((1..).zip(of_switch).map(|(case, direction)| (case, direction.processes == 0)))
}

/// The lines that no process ran, and the directions that no process took of lines that ran:
/// `31-40, 52 (1/2: jump)` of machine code, `31-40, 52->60, 55->exit` of a runtime. There, directions to
/// a line that did not run are left out, as in coverage.py.
pub(super) fn missing_text(file: &FileCoverage) -> String {
    let ranges = file.missing_ranges();
    if file.totals.partial == 0 {
        return joined(&ranges);
    }
    let mut parts: Vec<(u32, String)> = ranges.iter().map(|range| (range.first, range.to_string())).collect();
    let is_missing = |line: i64| {
        let line = u32::try_from(line).ok().filter(|line| *line > 0);
        line.is_some_and(|line| file.source.executable.contains(line) && !file.hit.contains(line))
    };
    let branches = FileBranches::of(file);
    for (&line, directions) in &branches.lines {
        let Part { all, hit } = part(directions);
        if hit == all || !file.hit.contains(line) {
            continue;
        }
        if file.source.runtime.is_none() {
            parts.push((line, format!("{line} ({hit}/{all}: {})", branches.missing_ways(line))));
            continue;
        }
        let missing = directions.iter().filter(|direction| direction.processes == 0);
        let ways = missing.map(|direction| direction.branch.way).filter(|way| !is_missing(*way));
        parts.extend(ways.map(|way| (line, format!("{line}->{}", destination(way)))));
    }
    parts.sort_by_key(|(line, _)| *line);
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ")
}

/// Where a way of a runtime leads to, as coverage.py writes it.
pub(super) fn destination(way: i64) -> String {
    if way > 0 { way.to_string() } else { "exit".to_owned() }
}
