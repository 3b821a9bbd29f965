//! What differs between the two tools, and what may.

use crate::measure::{Measured, Statements};
use crate::suite::Suite;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Lines of a file that the tools count in different ways, and why that is right.
#[derive(Debug)]
struct Difference {
    package: &'static str,
    file: &'static str,
    /// The minor versions in which it is one.
    minors: std::ops::RangeInclusive<u32>,
    line: u32,
    coverage_py: Count,
    forkcov: Count,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Count {
    Executed,
    Missing,
    NoStatement,
}

/// All of them.
const DIFFERENCES: &[Difference] = &[];

/// The tools agree on each line but those of `DIFFERENCES`, and on those they differ.
pub fn check(suite: &Suite, minor: u32, theirs: &Measured, ours: &Measured) -> Result<(), String> {
    if theirs.files.values().all(|statements| statements.executed.is_empty()) {
        return Err("coverage.py saw nothing".into());
    }
    let names: BTreeSet<&String> = theirs.files.keys().chain(ours.files.keys()).collect();
    let mut wrong = String::new();
    for name in names {
        let (theirs, ours) = (theirs.files.get(name), ours.files.get(name));
        let known = |line: u32| {
            DIFFERENCES.iter().find(|known| {
                (known.package, known.file, known.line) == (suite.package, name, line)
                    && known.minors.contains(&minor)
            })
        };
        for line in lines(theirs).union(&lines(ours)) {
            let (theirs, ours) = (count(theirs, *line), count(ours, *line));
            let expected = known(*line).map(|known| (known.coverage_py, known.forkcov));
            let right = expected.map_or(theirs == ours, |expected| expected == (theirs, ours));
            if !right {
                writeln!(wrong, "{name}:{line}: {theirs:?} by coverage.py, {ours:?} by forkcov").unwrap();
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn lines(of: Option<&Statements>) -> BTreeSet<u32> {
    of.map(|of| of.executed.union(&of.missing).copied().collect()).unwrap_or_default()
}

fn count(of: Option<&Statements>, line: u32) -> Count {
    match of {
        Some(of) if of.executed.contains(&line) => Count::Executed,
        Some(of) if of.missing.contains(&line) => Count::Missing,
        _ => Count::NoStatement,
    }
}
