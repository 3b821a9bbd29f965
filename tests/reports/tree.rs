//! The process tree: very large ones, and unusual shapes.

use crate::support::{check, child, file, lines, process};
use forkcov::data::Birth;
use forkcov::data::view::{Process, View};
use forkcov::report::processes;
use forkcov::report::tree::{self, MAX_DEPTH};
use std::collections::HashSet;
use std::rc::Rc;

const MANY: usize = 20_000;

/// The process number `index` has the parent that `parent_of` gives.
fn forest(number: usize, parent_of: impl Fn(usize) -> Option<usize>) -> Vec<Process> {
    (0..number)
        .map(|index| Process { parent: parent_of(index), ..process(1000 + index as i32, Birth::Fork) })
        .collect()
}

fn drawn(view: &View) -> String {
    let mut out = Vec::new();
    processes::write(view, processes::ProcessTreeLayout { width: None, all: true }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn assert_each_once(processes: &[Process]) {
    let rows = tree::rows(processes, &vec![true; processes.len()]);
    assert_eq!(rows.len(), processes.len());
    assert_eq!(rows.iter().map(|row| row.process).collect::<HashSet<_>>().len(), processes.len());
}

#[test]
fn a_chain_of_20000_nested_forks_is_drawn_in_linear_space() {
    let processes = forest(MANY, |index| index.checked_sub(1));
    assert_each_once(&processes);
    let text = drawn(&View { processes, ..View::default() });
    assert_eq!(text.lines().count(), MANY);
    assert!(text.len() < MANY * 300, "{} bytes", text.len());
}

#[test]
fn a_parent_of_20000_is_drawn_with_the_lines_of_each() {
    let processes = forest(MANY, |index| (index > 0).then_some(0));
    assert_each_once(&processes);
    let shared = lines(&[1..=200]);
    let own = lines(&[1..=200, 500..=500]);
    let hits: Vec<_> = (0..MANY).map(|index| (index, if index == 7 { &own } else { &shared })).collect();
    let executable = Rc::clone(&own);
    let view =
        View { processes, files: vec![file("/a.c", &executable, &hits)], programs: 1, ..View::default() };
    let text = drawn(&view);
    assert!(text.contains("├── 1007 fork   exit 0      201 lines,   1 only here"), "{}", &text[..2000]);
    assert_eq!(text.matches("200 lines,   0 only here").count(), MANY - 1);
}

#[test]
fn a_line_is_only_in_the_one_process_that_ran_it_however_sets_are_shared() {
    let processes = forest(5, |index| index.checked_sub(1).map(|_| 0));
    let (shared, equal, own) = (lines(&[1..=4]), lines(&[3..=4]), lines(&[3..=9]));
    // 0 and 1 share a set; 2 has lines of it and of 3 in a set of its own; 4 ran another file.
    let hits = [(0, &shared), (1, &shared), (2, &equal), (3, &own)];
    let files = vec![file("/a.c", &lines(&[1..=9]), &hits), file("/b.c", &lines(&[1..=2]), &[(4, &equal)])];
    let text = drawn(&View { processes, files, programs: 1, ..View::default() });
    let counts: Vec<&str> = text.lines().map(|line| line.split("exit 0").nth(1).unwrap().trim()).collect();
    let expected =
        ["4 lines, 0 only here", "4 lines, 0 only here", "2 lines, 0 only here", "7 lines, 5 only here"];
    assert_eq!(counts[..4], expected);
    assert_eq!(counts[4], "2 lines, 2 only here");
}

#[test]
fn what_is_too_deep_continues_at_the_margin() {
    // A chain of 30, whose last but one within the margin has a second child.
    let mut processes = forest(30, |index| index.checked_sub(1));
    processes.push(child(2000, Birth::Fork, MAX_DEPTH - 1, None));
    processes.push(child(2001, Birth::Fork, MAX_DEPTH, None));
    processes.push(process(3000, Birth::Launch));
    assert_each_once(&processes);
    check("processes-deep.txt", drawn(&View { processes, ..View::default() }).as_bytes());
}

#[test]
fn a_parent_that_is_not_before_its_child_makes_a_root() {
    let processes = forest(3, |index| Some([2, 1, 0][index]));
    assert_each_once(&processes);
}

#[test]
fn nothing_is_drawn_of_no_process() {
    assert_eq!(drawn(&View::default()), "");
}
