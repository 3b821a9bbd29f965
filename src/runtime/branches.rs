//! The branches of a source: lines after which control can continue at one of several lines.

use super::logical_lines::LogicalLines;
use std::collections::{BTreeMap, BTreeSet};

/// From a line to the line at which control continues; if it leaves the code unit, the first line of that,
/// negated. As in coverage.py.
pub type Arc = (i64, i64);

/// How arcs that leave `with` statements are to be read: the interpreter runs the line of the statement again
/// in between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WithJumps(BTreeMap<Arc, Option<Arc>>);

impl WithJumps {
    /// Those of a source: what stands for an arc, or `None` if nothing does.
    pub fn new(jumps: BTreeMap<Arc, Option<Arc>>) -> Self {
        Self(jumps)
    }

    /// How many arcs have another stand for them.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no such arc.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What stands for `arc`.
    pub fn follow(&self, arc: Arc) -> Option<Arc> {
        self.0.get(&arc).copied().unwrap_or(Some(arc))
    }
}

/// The branches of a source. A line is the first one of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branches {
    lines: LogicalLines,
    jumps: WithJumps,
    endless: BTreeMap<i64, i64>,
    exits: BTreeMap<u32, BTreeSet<i64>>,
    partial: BTreeSet<u32>,
}

/// The parts of [`Branches`], as a runtime reads them.
#[derive(Debug, Default)]
pub struct BranchParts {
    /// The logical lines.
    pub lines: LogicalLines,
    /// The arcs that are possible, between first lines of statements.
    pub possible: BTreeSet<Arc>,
    /// How arcs that leave `with` statements are to be read.
    pub jumps: WithJumps,
    /// The first line of the suite of each loop that has no end, and of the loop: an interpreter may not run
    /// the latter.
    pub endless: BTreeMap<i64, i64>,
    /// Lines that are excluded. What leads there does not count.
    pub excluded: BTreeSet<u32>,
    /// Lines of which not every exit need be taken.
    pub partial: BTreeSet<u32>,
}

impl Branches {
    /// Joins the parts.
    pub fn new(parts: BranchParts) -> Self {
        let BranchParts { lines, possible, jumps, endless, excluded, partial } = parts;
        let is_excluded = |line: i64| u32::try_from(line).is_ok_and(|line| excluded.contains(&line));
        let mut exits: BTreeMap<u32, BTreeSet<i64>> = BTreeMap::new();
        for (from, to) in possible.into_iter().filter(|(from, to)| !is_excluded(*from) && !is_excluded(*to)) {
            if let Ok(from) = u32::try_from(from) {
                exits.entry(from).or_default().insert(to);
            }
        }
        exits.retain(|_, ways| ways.len() > 1);
        Self { lines, jumps, endless, exits, partial }
    }

    /// The lines that have more than one exit, ascending, and the exits of each, ascending.
    pub fn exits(&self) -> impl Iterator<Item = (u32, &BTreeSet<i64>)> + '_ {
        self.exits.iter().map(|(line, ways)| (*line, ways))
    }

    /// Each line that has more than one exit, with each exit, ascending.
    pub fn directions(&self) -> impl Iterator<Item = (u32, i64)> + '_ {
        self.exits().flat_map(|(line, ways)| ways.iter().map(move |way| (line, *way)))
    }

    /// How arcs that leave `with` statements are read.
    pub fn with_jumps(&self) -> &WithJumps {
        &self.jumps
    }

    /// Whether not every exit of this line need be taken.
    pub fn is_partial(&self, line: u32) -> bool {
        self.partial.contains(&line)
    }

    /// The exit that is taken when control goes from line `from` to `to`, lines as the interpreter has them:
    /// the first line of the statement, and where the exit leads. `None` if that is no exit of a branch.
    pub fn taken(&self, from: u32, to: i64) -> Option<(u32, i64)> {
        // The interpreter's lines can be those of a `with` statement, and so can the first lines.
        let arc = self.jumps.follow((from.into(), to))?;
        let (from, to) = self.jumps.follow((self.first(arc.0), self.first(arc.1)))?;
        let from = u32::try_from(from).ok()?;
        let exits = self.exits.get(&from)?;
        // In endless loops that begin one in the other, each begins at the first line of the innermost.
        let around = |to: &i64| self.endless.get(to).copied().filter(|around| around != to);
        let mut ways = std::iter::successors(Some(to), around).take(self.endless.len() + 1);
        ways.find(|way| exits.contains(way)).map(|way| (from, way))
    }

    fn first(&self, line: i64) -> i64 {
        let first = |line: i64| u32::try_from(line).map_or(line, |line| self.lines.first_line(line).into());
        if line < 0 { -first(-line) } else { first(line) }
    }
}
