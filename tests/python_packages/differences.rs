//! The differences between the two tools.

use crate::measure::{Measured, Statements};
use std::collections::BTreeSet;
use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Count {
    Executed,
    Missing,
    NoStatement,
}

/// A line for each statement that the tools do not count alike; empty when they agree.
///
/// # Errors
/// When there is nothing to compare.
pub fn between(theirs: &Measured, ours: &Measured) -> Result<String, String> {
    if theirs.files.values().all(|statements| statements.executed.is_empty()) {
        return Err("coverage.py saw nothing".into());
    }
    let names: BTreeSet<&String> = theirs.files.keys().chain(ours.files.keys()).collect();
    let mut differences = String::new();
    for name in names {
        let (theirs, ours) = (theirs.files.get(name), ours.files.get(name));
        for line in lines(theirs).union(&lines(ours)) {
            let (theirs, ours) = (count(theirs, *line), count(ours, *line));
            if theirs != ours {
                writeln!(differences, "{name}:{line}: {theirs:?} by coverage.py, {ours:?} by forkcov")
                    .unwrap();
            }
        }
    }
    Ok(differences)
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
