//! Functions, contexts and sources in reports.

use crate::script::Place;
use forkcov_testing::sandbox::text;

const LIBRARY: &str = "used() {\n  echo used\n}\nunused() {\n  echo unused\n}\n";

#[test]
fn functions_are_reported_with_the_processes_that_called_them() {
    let place = Place::new(&[("main", ". ./lib.sh\nused\n( used )\n"), ("lib.sh", LIBRARY)]);
    place.same_of(&["bash", "main"]);
    let json = place.sandbox.json("forkcov.data");
    let functions = json["files"]["lib.sh"]["functions"].as_object().unwrap();
    assert_eq!(functions.keys().collect::<Vec<_>>(), ["", "unused", "used"], "{functions:#?}");
    assert_eq!([&functions["used"]["processes"], &functions["unused"]["processes"]], [2, 0]);
    assert_eq!([&functions["used"]["start_line"], &functions["unused"]["start_line"]], [1, 4]);
    assert_eq!(functions["unused"]["missing_lines"], serde_json::json!([5]));
    assert_eq!(functions[""]["executed_lines"], serde_json::json!([1, 4]));
}

#[test]
fn reports_of_a_script() {
    let place =
        Place::new(&[("main", ". ./lib.sh\nused\n"), ("lib.sh", LIBRARY), ("other.bash", "echo never\n")]);
    place.traced(&["--source", "."], &["bash", "main"]);
    let report = place.sandbox.succeeds(&["report", "-m"]);
    for (name, covered) in [("lib.sh", ""), ("main", "100.0%"), ("other.bash", "0.0%")] {
        let is_shown = |row: &str| row.starts_with(name) && row.contains(covered);
        assert!(text(&report.stdout).lines().any(is_shown), "{name}: {report:?}");
    }
    for command in ["processes", "html", "json", "lcov", "xml", "codecov", "sonarqube"] {
        place.sandbox.succeeds(&[command]);
    }
    place.traced(&["--omit", "lib.sh"], &["bash", "main"]);
    assert_eq!(place.hit().keys().collect::<Vec<_>>(), ["main"]);
}

/// A test begins in a process of its own, and what that runs counts for it.
#[test]
fn each_test_of_a_runner_has_its_lines() {
    let test = "#!/bin/bash\necho \"$0\"\nif [ \"${0%b}\" != \"$0\" ]; then\n  echo b\nfi\n";
    let runner = "for t in a b; do\n  ./case-$t\ndone\n";
    let place = Place::new(&[("runner", runner), ("case-a", test), ("case-b", test)]);
    place.traced(&["--context-from", "(case-\\w)"], &["bash", "runner"]);
    let tests = place.sandbox.succeeds(&["tests"]);
    assert!(["case-a", "case-b"].iter().all(|name| text(&tests.stdout).contains(name)), "{tests:?}");
    let of_line = place.sandbox.succeeds(&["tests", "--line", "case-b:4"]);
    assert!(text(&of_line.stdout).contains("case-b"), "{of_line:?}");
}

/// The words that lcov and kcov know, wherever they stand in a line, and patterns as kcov's `--exclude-line`.
#[test]
fn words_exclude_lines() {
    let script = "\
echo ran
false && echo never #LCOV_EXCL_LINE
if false; then
  : LCOV_EXCL_START
  echo never 'a
word'
  # LCOV_EXCL_STOP
  echo never unreachable
  echo never
fi
";
    let place = Place::new(&[("script", script)]);
    place.traced(&[], &["bash", "script"]);
    let lines = |flags: &[&str]| {
        let output = place.sandbox.succeeds(&[&["json", "-o", "-"], flags].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let file = &report["files"]["script"];
        [&file["executed_lines"], &file["missing_lines"], &file["excluded_lines"]].map(ToString::to_string)
    };
    assert_eq!(lines(&[]), ["[1,3]", "[8,9]", "[2,4,5]"]);
    assert_eq!(lines(&["--exclude-also", "unreachable"]), ["[1,3]", "[9]", "[2,4,5,8]"]);
}
