//! A second opinion: bash's own DEBUG trap, which runs before each command, in another run of the same
//! script.
//!
//! The trap does not run before the definition of a function. Its lines inside strings are wrong, as are
//! those of `$(…)` over several lines: the scripts have such lines only where others are hit as well.

use crate::script::Place;
use forkcov::runtime::Exclusions;
use forkcov::runtime::bash::statements::{functions, read};
use forkcov_testing::paths;
use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

const TRAP: &str =
    "set -T\ntrap 'printf \"%s %s\\n\" \"$LINENO\" \"${BASH_SOURCE[0]}\" >>\"$ORACLE_LOG\"' DEBUG\n";

/// Whatever is in `test-programs/shell`.
#[test]
fn every_script_has_the_lines_of_the_debug_trap() {
    let directory = paths::repository().join("test-programs/shell");
    let scripts: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        let source = fs::read_to_string(script).unwrap();
        let place = Place::new(&[("script", &source), ("trap", TRAP)]);
        place.same_of(&["bash", "script"]);
        let found = Found::of(&source);
        let hit = found.counted(&place.hit().remove("script").unwrap_or_default());
        let logged = found.counted(&logged(&place));
        let lost: Vec<u32> = logged.difference(&hit).copied().collect();
        assert_eq!(lost, [0; 0], "lost");
        let invented = hit.difference(&logged).copied().filter(|line| !found.definitions.contains(line));
        assert_eq!(invented.collect::<Vec<_>>(), [0; 0], "invented");
        assert!(hit.is_subset(&found.executable), "{:?}", hit.difference(&found.executable));
        assert!(hit.len() > 10, "{hit:?}");
    }
}

/// The statements of a source.
struct Found {
    statements: forkcov::runtime::Statements,
    executable: BTreeSet<u32>,
    definitions: BTreeSet<u32>,
}

impl Found {
    fn of(source: &str) -> Self {
        let nothing = Exclusions::new::<&str>(&[]).unwrap();
        let statements = read(source.as_bytes(), &nothing, &[]).unwrap();
        let executable = statements.executable().collect();
        let functions = functions(source.as_bytes()).unwrap();
        let definitions = functions.iter().filter_map(|function| statements.counted(function.line)).collect();
        Self { statements, executable, definitions }
    }

    fn counted(&self, lines: &BTreeSet<u32>) -> BTreeSet<u32> {
        let lines = lines.iter().filter(|line| self.statements.has_statement(**line));
        lines.filter_map(|line| self.statements.counted(*line)).collect()
    }
}

/// The lines of the script before which the trap ran.
fn logged(place: &Place) -> BTreeSet<u32> {
    let log = place.sandbox.path("log");
    let mut bash = Command::new("bash");
    bash.arg("script").env("BASH_ENV", "trap").env("ORACLE_LOG", &log).current_dir(place.sandbox.path(""));
    bash.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let log = fs::read_to_string(log).unwrap();
    let lines = log.lines().filter_map(|line| line.strip_suffix(" script"));
    lines.map(|line| line.parse().unwrap()).collect()
}
