//! A second opinion: bash's own DEBUG trap, which runs before each command. It logs in another run of the
//! same script, and in a run under forkcov, where each process must have the same lines.
//!
//! The trap does not run before the definition of a function. Its lines inside strings are wrong, as are
//! those of `$(…)` over several lines: the scripts have such lines only where others are hit as well.

use crate::script::{LinesOfProcesses, Place, lines_of_processes};
use forkcov::runtime::Exclusions;
use forkcov::runtime::bash::statements::read;
use forkcov_testing::paths;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const TRAP: &str = r#"set -T
trap 'printf "%s %s %s\n" "$BASHPID" "$LINENO" "${BASH_SOURCE[0]}" >>"$ORACLE_LOG"' DEBUG
"#;

/// Whatever is in `test-programs/shell`.
#[test]
fn every_script_has_the_lines_of_the_debug_trap() {
    let directory = paths::repository().join("test-programs/shell");
    let scripts: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        check(&script);
    }
}

fn check(script: &Path) {
    let source = fs::read_to_string(script).unwrap();
    let nothing = Exclusions::new::<&str>(&[]).unwrap();
    let statements = read(source.as_bytes(), &nothing, &[]).unwrap();
    let counted = |lines: BTreeSet<u32>| {
        let lines = lines.into_iter().filter(|line| statements.has_statement(*line));
        lines.filter_map(|line| statements.counted(line)).collect::<BTreeSet<u32>>()
    };
    let of_all = |lines: LinesOfProcesses| counted(lines.into_values().flatten().collect());
    let place = Place::new(&[("script", &source), ("trap", TRAP)]);
    place.same_of(&["bash", "script"]);
    let hit = of_all(place.hit_by_processes("script"));
    let definitions =
        place.rows("SELECT line || '' FROM function JOIN file ON id = file WHERE path LIKE '%/script'");
    let definitions = counted(definitions.iter().map(|line| line.parse().unwrap()).collect());
    let executable: BTreeSet<u32> = statements.executable().collect();
    assert!(hit.is_subset(&executable), "{script:?}: {:?}", hit.difference(&executable));
    assert!(hit.len() > 10, "{script:?}: {hit:?}");

    let with_trap = ["env", "BASH_ENV=trap", "ORACLE_LOG=log", "bash", "script"];
    place.run(&with_trap);
    agree(script, (&hit, &of_all(logged(&place))), &definitions);

    fs::remove_file(place.sandbox.path("log")).unwrap();
    place.traced(&[], &with_trap);
    let (hit, logged) = (place.hit_by_processes("script"), logged(&place));
    let processes: BTreeSet<u32> = hit.keys().chain(logged.keys()).copied().collect();
    // The child that a substitution makes has the lines of functions alone, for the trap also that of the
    // command around it, or, in bash 5.1, of the next.
    let lines: Vec<&str> = source.lines().collect();
    let has_substitution = |first: u32| {
        let last = executable.range(first + 1..).next().map_or(lines.len(), |next| *next as usize - 1);
        let text = lines[first as usize - 1..last].join("\n");
        ["$(", "<(", ">(", "`"].iter().any(|opening| text.contains(opening))
    };
    for process in processes {
        let [hit, mut logged] =
            [&hit, &logged].map(|lines| counted(lines.get(&process).cloned().unwrap_or_default()));
        let is_next =
            |line: u32| executable.range(..line).next_back().is_some_and(|it| has_substitution(*it));
        logged.retain(|line| hit.contains(line) || !has_substitution(*line) && !is_next(*line));
        agree(script, (&hit, &logged), &definitions);
    }
}

/// The trap has logged what is hit, but for definitions of functions.
#[track_caller]
fn agree(script: &Path, (hit, logged): (&BTreeSet<u32>, &BTreeSet<u32>), definitions: &BTreeSet<u32>) {
    let lost: Vec<u32> = logged.difference(hit).copied().collect();
    let invented = hit.difference(logged).copied().filter(|line| !definitions.contains(line));
    assert_eq!((lost, invented.collect()), (vec![], vec![]), "lost and invented in {script:?}");
}

/// The lines of the script before which the trap ran.
fn logged(place: &Place) -> LinesOfProcesses {
    let log = fs::read_to_string(place.sandbox.path("log")).unwrap();
    lines_of_processes(log.lines().filter_map(|row| row.strip_suffix(" script")))
}
