//! Programs at `-O2`. There a compiler moves and merges code, so that the line table alone cannot always say
//! which line an instruction is for. So facts are counted: each line that forkcov says a process hit.

use crate::build::Variant;
use crate::check::Run;
use crate::print::Source;
use crate::trial;
use forkcov_testing::report::Recorded;
use std::collections::BTreeSet;
use std::ops::{AddAssign, RangeInclusive};
use std::path::Path;

/// At most so many of 10,000 facts may be false.
const FALSE_OF_10000: usize = 80;

/// What forkcov says of lines that log themselves.
#[derive(Debug, Default, Clone)]
pub struct Facts {
    /// Lines that a process hit, as forkcov says.
    hit: usize,
    /// Those of them that the process did not run.
    untrue: Vec<String>,
    /// Lines that a process ran, and forkcov says it did not.
    lost: Vec<String>,
    /// Lines that a process ran, and that forkcov does not count as executable.
    not_executable: Vec<String>,
}

impl AddAssign for Facts {
    fn add_assign(&mut self, other: Self) {
        self.hit += other.hit;
        self.untrue.extend(other.untrue);
        self.lost.extend(other.lost);
        self.not_executable.extend(other.not_executable);
    }
}

/// Runs the programs of `seeds` at `-O2`, and judges all facts together.
pub fn run(seeds: RangeInclusive<u64>) -> Result<(), String> {
    let mut facts = Facts::default();
    for variant in seeds.map(|seed| Variant::of(seed, "-O2")) {
        if variant.missing_compiler().is_none() {
            facts += trial::facts(&variant).map_err(|why| format!("{}: {why}", variant.name()))?;
        }
    }
    let Facts { hit, untrue, lost, not_executable } = facts;
    let numbers = format!(
        "{hit} lines hit, {} of them never ran; {} that ran are lost, {} not executable",
        untrue.len(),
        lost.len(),
        not_executable.len()
    );
    eprintln!("{numbers}");
    if lost.is_empty() && untrue.len() * 10_000 <= hit * FALSE_OF_10000 {
        return Ok(());
    }
    Err(format!("{numbers}\nlost:\n  {}\nnever ran:\n  {}", lost.join("\n  "), untrue.join("\n  ")))
}

/// The facts of one run.
pub fn facts(sources: &[Source], directory: &Path, run: &Run, recorded: &Recorded) -> Facts {
    let mut facts = Facts::default();
    for source in sources {
        let path = directory.join(&source.name);
        let executable = recorded.executable.get(&path).cloned().unwrap_or_default();
        for pid in run.roles.every_pid() {
            let ran = run.lines_of(pid, source);
            let hits =
                recorded.hits.get(&pid).and_then(|files| files.get(&path)).cloned().unwrap_or_default();
            let hits: BTreeSet<u32> = hits.intersection(&source.logged).copied().collect();
            let told = |line: &u32| {
                format!(
                    "{}/{}:{line} by {}: {}",
                    directory.display(),
                    source.name,
                    run.roles.of(pid),
                    source.line(*line)
                )
            };
            facts.hit += hits.len();
            facts.untrue.extend(hits.difference(&ran).map(told));
            let missed = || ran.difference(&hits);
            facts.lost.extend(missed().filter(|line| executable.contains(line)).map(told));
            facts.not_executable.extend(missed().filter(|line| !executable.contains(line)).map(told));
        }
    }
    facts
}
