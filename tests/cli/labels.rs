//! Runs with labels: reports name runs by them, and filter by them.

use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::collections::BTreeSet;

const SOURCE: &str = "\
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        wait(0);
        return 0;
    }
    if (fork() == 0)
        _exit(0);
    wait(0);
    return 0;
}
";

/// A program that has been compiled.
fn place() -> Sandbox {
    let place = Sandbox::new();
    place.write("main.c", SOURCE, 0o644);
    place.cc(&["-g", "-o", "program", "main.c"]);
    place
}

/// Two runs that have labels and one that has none, each added to the data of the one before.
fn three_runs() -> Sandbox {
    let place = place();
    place.succeeds(&["run", "-q", "--label", "forks", "--", "./program"]);
    place.succeeds(&["run", "-q", "-a", "--label", "the other one", "--", "./program", "x"]);
    place.succeeds(&["run", "-q", "-a", "--", "./program"]);
    place
}

fn missing(place: &Sandbox, arguments: &[&str]) -> String {
    let output = place.succeeds(&[&["report", "-m"], arguments].concat());
    let row = text(&output.stdout).lines().find(|line| line.starts_with("main.c")).unwrap();
    row.split_once('%').unwrap().1.trim().to_owned()
}

#[test]
fn a_report_of_a_label_has_what_its_runs_ran() {
    let place = three_runs();
    assert_eq!(missing(&place, &[]), "");
    assert_eq!(missing(&place, &["--label", "forks"]), "7-8");
    assert_eq!(missing(&place, &["--label", "the other one"]), "10-13");
    assert_eq!(missing(&place, &["--label=forks,the other one"]), "");
    assert_eq!(missing(&place, &["--label", "forks", "--label", "the other one"]), "");
}

#[test]
fn a_label_that_no_run_has_is_an_error_that_names_those_there_are() {
    let place = three_runs();
    for command in [
        &["report", "--label", "fork"][..],
        &["annotate", "--label", "forks,fork", "main.c"],
        &["lcov", "--label", "fork"],
        &["xml", "--label", "fork"],
        &["json", "--label", "fork"],
        &["diff", "--label", "fork", "parents", "children"],
        &["diff", "label:fork", "children"],
        &["processes", "--label", "fork"],
        &["coverage-py", "--label", "fork"],
    ] {
        let output = place.forkcov(command);
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        one_line(&output, &["no run labelled fork in forkcov.data: its labels are forks, the other one"]);
    }
    let without = self::place();
    without.succeeds(&["run", "-q", "--", "./program"]);
    one_line(&without.forkcov(&["report", "--label", "x"]), &["no run has a label (forkcov run --label)"]);
    one_line(&without.forkcov(&["report", "--label", ""]), &["no run labelled '' in forkcov.data: no run "]);
}

#[test]
fn a_label_that_could_not_be_chosen_is_refused() {
    let place = place();
    for label in ["", "a,b", "a\nb"] {
        let output = place.forkcov(&["run", "--label", label, "--", "./program"]);
        assert_eq!(output.status.code(), Some(125), "{label:?}: {output:?}");
        assert!(text(&output.stderr).contains("a label must not be empty"), "{output:?}");
    }
}

#[test]
fn processes_begin_with_the_label_of_their_run() {
    let place = three_runs();
    let roots = |arguments: &[&str]| -> Vec<String> {
        let output = place.succeeds(&[&["processes"], arguments].concat());
        let rows = text(&output.stdout).lines();
        let roots = rows.filter(|row| row.starts_with(|c: char| c.is_ascii_digit()));
        roots.map(|row| row.split_once(' ').unwrap().1.split("  ").next().unwrap().to_owned()).collect()
    };
    let mut all = roots(&[]);
    all.sort();
    assert_eq!(all, ["./program", "[forks] ./program", "[the other one] ./program x"]);
    assert_eq!(roots(&["--label", "forks"]), ["[forks] ./program"]);
    let output = place.succeeds(&["processes", "--label", "forks"]);
    assert_eq!(text(&output.stdout).matches("[forks]").count(), 1, "a child needs none");
}

#[test]
fn json_has_the_label_of_each_process() {
    let place = three_runs();
    let processes = place.json("forkcov.data")["processes"].as_array().unwrap().clone();
    let mut labels: Vec<_> = processes.iter().map(|process| process["label"].as_str()).collect();
    labels.sort_unstable();
    assert_eq!(labels, [None, None, Some("forks"), Some("forks"), Some("the other one")]);
    let output = place.succeeds(&["json", "-o", "-", "--label", "the other one"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["processes"].as_array().unwrap().len(), 1);
    let missing: Vec<_> = json["files"]["main.c"]["missing_lines"].as_array().unwrap().clone();
    assert_eq!(missing, [10, 11, 12, 13]);
}

#[test]
fn other_formats_take_labels_too() {
    let place = three_runs();
    let lcov = place.succeeds(&["lcov", "-o", "-", "--label", "forks"]);
    assert!(text(&lcov.stdout).contains("DA:7,0\n") && text(&lcov.stdout).contains("DA:10,2\n"), "{lcov:?}");
    let xml = place.succeeds(&["xml", "-o", "-", "--label", "forks"]);
    assert!(text(&xml.stdout).contains("<line number=\"7\" hits=\"0\"/>"), "{xml:?}");
    let annotated = place.succeeds(&["annotate", "--label", "the other one", "main.c"]);
    assert!(text(&annotated.stdout).contains("      0     11  "), "{annotated:?}");
    let diff = place.succeeds(&["diff", "label:forks", "label:the other one"]);
    assert!(text(&diff.stdout).contains("only label:forks          10-13\n"), "{diff:?}");
    assert!(text(&diff.stdout).contains("only label:the other one  7-8\n"), "{diff:?}");
    let diff = place.succeeds(&["diff", "--label", "forks", "parents", "children"]);
    let only_child: Vec<_> =
        text(&diff.stdout).lines().filter(|line| line.contains("only children")).collect();
    assert_eq!(only_child, ["  only children  11"]);
}

#[test]
fn combine_keeps_the_label_of_each_run() {
    let place = place();
    place.succeeds(&["run", "-p", "-q", "--label", "one", "--", "./program"]);
    place.succeeds(&["run", "-p", "-q", "--label", "two", "--", "./program", "x"]);
    place.succeeds(&["combine", "-q"]);
    // Of another machine, say.
    place.succeeds(&["run", "-q", "--data-file", "elsewhere", "--label", "three", "--", "./program"]);
    place.succeeds(&["combine", "-q", "-a", "elsewhere"]);
    let json = place.json("forkcov.data");
    let labels: BTreeSet<_> = json["processes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|process| process["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, BTreeSet::from(["one", "two", "three"]));
    assert_eq!(missing(&place, &["--label", "two"]), "10-13");
    assert_eq!(missing(&place, &["--label", "one"]), missing(&place, &["--label", "three"]));
}

#[test]
fn contexts_of_coverage_py_begin_with_the_label() {
    needs::require(needs::tool("python3"));
    let place = Sandbox::new();
    place.write("a.py", "x = 1\n", 0o644);
    place.succeeds(&["run", "-q", "--label", "login", "--", "python3", "a.py"]);
    place.succeeds(&["run", "-q", "-a", "--", "python3", "a.py"]);
    place.succeeds(&["coverage-py", "-o", "out"]);
    let connection = rusqlite::Connection::open(place.path("out")).unwrap();
    let mut statement = connection.prepare("SELECT context FROM context").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let contexts: Vec<String> = rows.map(Result::unwrap).filter(|name| name.ends_with("a.py")).collect();
    let labels: BTreeSet<_> =
        contexts.iter().map(|name| name.split_once('|').map(|(label, _)| label)).collect();
    assert_eq!(labels, BTreeSet::from([None, Some("login")]), "{contexts:?}");
}
