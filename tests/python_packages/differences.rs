//! The differences between the two tools.

use crate::measure::{Branches, Counted, Measured};
use std::collections::BTreeSet;
use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Count {
    Executed,
    Missing,
    NoStatement,
}

/// Which branches are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compared {
    /// All.
    All,
    /// The directions that both tools know.
    Common,
}

/// A line for each statement and each direction that the tools do not count alike; empty when they agree.
/// Branches are compared if both have them.
///
/// # Errors
/// When there is nothing to compare.
pub fn between(theirs: &Measured, ours: &Measured, compared: Compared) -> Result<String, String> {
    if theirs.files.values().all(|counted| counted.executed.is_empty()) {
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
        if let (Some(theirs), Some(ours)) = (branches(theirs), branches(ours)) {
            differences += &of_branches(name, theirs, ours, compared);
        }
    }
    Ok(differences)
}

fn lines(of: Option<&Counted>) -> BTreeSet<u32> {
    of.map(|of| of.executed.union(&of.missing).copied().collect()).unwrap_or_default()
}

fn branches(of: Option<&Counted>) -> Option<&Branches> {
    of?.branches.as_ref()
}

fn count(of: Option<&Counted>, line: u32) -> Count {
    match of {
        Some(of) if of.executed.contains(&line) => Count::Executed,
        Some(of) if of.missing.contains(&line) => Count::Missing,
        _ => Count::NoStatement,
    }
}

fn of_branches(name: &str, theirs: &Branches, ours: &Branches, compared: Compared) -> String {
    let mut differences = String::new();
    let lists = [("executed", &theirs.executed, &ours.executed), ("missing", &theirs.missing, &ours.missing)];
    let known = &(&theirs.executed | &theirs.missing) & &(&ours.executed | &ours.missing);
    let is_compared = |way: &&(i64, i64)| compared == Compared::All || known.contains(*way);
    for (list, theirs, ours) in lists {
        let lacking: Vec<_> = theirs.difference(ours).filter(is_compared).collect();
        let extra: Vec<_> = ours.difference(theirs).filter(is_compared).collect();
        if !lacking.is_empty() || !extra.is_empty() {
            writeln!(differences, "{name}: {list} branches: lacking {lacking:?}, extra {extra:?}").unwrap();
        }
    }
    if compared == Compared::All && theirs.counts != ours.counts {
        let (theirs, ours) = (theirs.counts, ours.counts);
        writeln!(differences, "{name}: branches, partial, missing: {ours:?}, not {theirs:?}").unwrap();
    }
    differences
}
