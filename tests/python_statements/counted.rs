//! What coverage.py counts, as `coverage_py.py` prints it.

use forkcov::runtime::branches::Arc;
use forkcov::runtime::{Branches, Statements};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// One source.
#[derive(Deserialize)]
pub struct Counted {
    pub path: String,
    #[serde(flatten)]
    pub counts: Counts,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Counts {
    Refused { refused: String },
    Taken(Lines),
}

/// What coverage.py's `PythonParser` has of a source.
#[derive(Deserialize)]
pub struct Lines {
    statements: BTreeSet<u32>,
    excluded: BTreeSet<u32>,
    /// Of each line of a statement of several lines, the first line of that.
    first_lines: Vec<(u32, u32)>,
    /// `None` if coverage.py fails to find them.
    branches: Option<Exits>,
}

/// What it has of branches.
#[derive(Deserialize)]
struct Exits {
    /// The lines that have more than one exit, with these.
    exits: Vec<(u32, BTreeSet<i64>)>,
    /// Those of them that need not take each exit.
    partial: BTreeSet<u32>,
    /// What stands for an arc that leaves a `with` statement.
    jumps: Vec<(Arc, Option<Arc>)>,
}

impl Lines {
    /// What `ours` has otherwise, in words.
    pub fn differences(&self, ours: &Statements, branches: &Branches) -> Vec<String> {
        let mut differences = self.of_statements(ours);
        differences.extend(self.branches.iter().flat_map(|theirs| theirs.differences(branches)));
        differences
    }

    fn of_statements(&self, ours: &Statements) -> Vec<String> {
        let between = |what: &'static str, theirs: &BTreeSet<u32>, ours: BTreeSet<u32>| {
            let lacking: Vec<_> = theirs.difference(&ours).copied().collect();
            let extra: Vec<_> = ours.difference(theirs).copied().collect();
            (lacking.len() + extra.len() > 0).then(|| format!("{what}: lacking {lacking:?}, extra {extra:?}"))
        };
        let theirs: BTreeMap<u32, u32> = self.first_lines.iter().copied().collect();
        // Lines below the last are there to see that ours end where theirs do.
        let last = theirs.keys().chain(&self.statements).chain(&self.excluded).max().unwrap_or(&0) + 9;
        let wrong = |line: &u32| ours.first_line(*line) != *theirs.get(line).unwrap_or(line);
        let lines: Vec<u32> = (1..=last).filter(wrong).collect();
        let lines = (!lines.is_empty()).then(|| format!("first lines of {lines:?}"));
        let statements = between("statements", &self.statements, ours.executable().collect());
        [statements, between("excluded", &self.excluded, ours.excluded().collect()), lines]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Exits {
    fn differences(&self, ours: &Branches) -> Vec<String> {
        let pairs = |exits: &mut dyn Iterator<Item = (u32, &BTreeSet<i64>)>| -> BTreeSet<(u32, i64)> {
            exits.flat_map(|(line, ways)| ways.iter().map(move |way| (line, *way))).collect()
        };
        let theirs = pairs(&mut self.exits.iter().map(|(line, ways)| (*line, ways)));
        let found = pairs(&mut ours.exits());
        let lacking: Vec<_> = theirs.difference(&found).collect();
        let extra: Vec<_> = found.difference(&theirs).collect();
        let exits = (theirs != found).then(|| format!("exits: lacking {lacking:?}, extra {extra:?}"));
        let partial: BTreeSet<u32> =
            ours.exits().map(|(line, _)| line).filter(|line| ours.is_partial(*line)).collect();
        let partial =
            (partial != self.partial).then(|| format!("partial: {partial:?}, not {:?}", self.partial));
        let wrong: Vec<_> =
            self.jumps.iter().filter(|(arc, stands)| ours.with_jumps().follow(*arc) != *stands).collect();
        let jumps = (!wrong.is_empty() || ours.with_jumps().len() != self.jumps.len())
            .then(|| format!("jumps of `with`: {wrong:?} of {:?}", self.jumps));
        [exits, partial, jumps].into_iter().flatten().collect()
    }
}
