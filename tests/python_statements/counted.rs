//! What coverage.py counts, as `coverage_py.py` prints it.

use forkcov::runtime::Statements;
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
}

impl Lines {
    /// What `ours` has otherwise, in words.
    pub fn differences(&self, ours: &Statements) -> Vec<String> {
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
