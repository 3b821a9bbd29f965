//! A process can spoil no counters but its own, and its own end is as without forkcov.

use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// The lines of the program that have this mark; without one, those that no process runs.
fn marked(mark: Option<char>) -> BTreeSet<u64> {
    let source = paths::repository().join("test-programs/support/spoils.c");
    let source = fs::read_to_string(source).unwrap();
    let marks = (1..).zip(source.lines()).filter_map(|(line, text)| Some((line, text.split_once(" //")?.1)));
    let is_marked = |marks: &str| mark.map_or(marks.is_empty(), |mark| marks.contains(mark));
    marks.filter(|(_, marks)| is_marked(marks.trim())).map(|(line, _)| line).collect()
}

/// The lines of each process that ran, in the order of their births.
fn lines(place: &Sandbox) -> Vec<BTreeSet<u64>> {
    let json = place.json("forkcov.data");
    let of_process = |process: &Value| {
        let files = process["files"].as_object().unwrap().values();
        files.flat_map(|lines| lines.as_array().unwrap()).filter_map(Value::as_u64).collect()
    };
    json["processes"].as_array().unwrap().iter().map(of_process).collect()
}

/// Runs the program, in which a child spoils each mapping that it finds in this way. Gives the lines of the
/// child, after those of its siblings and of its parent were found to be right.
fn spoil(how: &str) -> BTreeSet<u64> {
    let place = Sandbox::with("spoils");
    let output = place.succeeds(&["run", "-q", "--trampolines-after", "1", "--", "./spoils", how]);
    assert_eq!(text(&output.stdout), "spoilt some\n800\n700\n900\n", "{how}: {output:?}");
    let is_said = text(&output.stderr).contains("may be wrong or missing");
    assert_eq!(is_said, !["unmap", "protect"].contains(&how), "{how}: {output:?}");
    assert!(text(&output.stderr).lines().count() <= 1, "{how}: {output:?}");
    let lines = lines(&place);
    for (process, mark) in [(0, 'P'), (1, 'A'), (3, 'C')] {
        let marked = marked(Some(mark));
        assert_eq!(lines[process].intersection(&marked).count(), marked.len(), "{how}: lines of {mark}");
        let others: BTreeSet<u64> = "PASCs".chars().flat_map(|mark| self::marked(Some(mark))).collect();
        let others = others.difference(&marked).chain(&self::marked(None)).copied().collect();
        assert!(lines[process].is_disjoint(&others), "{how}: other lines of {mark}");
    }
    lines[2].clone()
}

/// What the child runs after it has spoilt its own counters is there too.
fn spoil_and_count_on(how: &str) -> BTreeSet<u64> {
    let lines = spoil(how);
    let later = marked(Some('s'));
    assert!(later.is_subset(&lines), "{how}: {:?}", later.difference(&lines));
    assert!(lines.is_disjoint(&marked(None)), "{how}");
    lines
}

#[test]
fn counters_that_are_set_to_zero_are_those_of_that_process() {
    spoil_and_count_on("zero");
}

#[test]
fn counters_that_are_filled_are_those_of_that_process() {
    spoil("fill");
}

#[test]
fn removed_pages_of_counters_are_those_of_that_process() {
    spoil_and_count_on("remove");
}

#[test]
fn a_process_that_unmaps_its_counters_runs_on_and_no_line_is_lost() {
    for how in ["unmap", "protect"] {
        let lines = spoil_and_count_on(how);
        assert!(marked(Some('S')).is_subset(&lines), "{how}");
    }
}

#[test]
fn a_process_that_makes_its_counters_shorter_runs_on() {
    needs::require(needs::right("root"));
    spoil_and_count_on("shorten");
}

#[test]
fn a_process_that_changes_its_user_has_no_counters_of_another() {
    needs::require(needs::right("root"));
    spoil("user");
}
