//! `run --verbose`: the objects that are covered, and those that are not, with the reason.

use forkcov_testing::sandbox::{Sandbox, text};
use std::process::Output;

#[track_caller]
fn says(output: &Output, line: &str) {
    let said = text(&output.stderr).lines().filter(|said| said.contains(line)).count();
    assert_eq!(said, 1, "{line:?} in {}", text(&output.stderr));
}

#[test]
fn covered_objects_are_named_with_their_lines_and_others_with_the_reason() {
    let place = Sandbox::with("forks");
    let output = place.succeeds(&["run", "-v", "--", "./forks"]);
    says(&output, "forkcov: covers ");
    let totals = &place.json("forkcov.data")["totals"]["num_statements"];
    says(&output, &format!("/forks: {totals} lines, "));
    // It may have a debug file of the system's.
    says(&output, "libc.so.6: ");
    says(&output, "forkcov: 2 processes, 1 program");
}

#[test]
fn a_program_of_which_no_source_counts_is_named() {
    let place = Sandbox::with("forks");
    let output = place.succeeds(&["run", "-v", "--omit", "*/forks.c", "--", "./forks"]);
    says(&output, "/forks: none of its sources is selected");
}

#[test]
fn sites_within_an_instruction_are_counted() {
    let place = Sandbox::new();
    place.compile_source("inside.s", "inside", &["-nostdlib", "-static"]);
    let output = place.succeeds(&["run", "-v", "--source", "/", "--", "./inside"]);
    says(&output, "dropped 1 site of ");
    says(&output, "/inside: no instruction begins there");
    says(&output, "/inside: 2 lines, 2 sites");
}

#[test]
fn in_parallel_mode_the_processes_are_counted() {
    let place = Sandbox::with("forks");
    let output = place.succeeds(&["run", "-v", "-p", "--", "./forks"]);
    says(&output, "forkcov: left the hit files of 2 processes");
}
