//! Functions, contexts and sources in reports.

use crate::script::Place;
use forkcov_testing::sandbox::text;

const LIBRARY: &str = "used() {\n  echo used\n}\nunused() {\n  echo unused\n}\n";

#[test]
fn functions_are_reported_with_the_processes_that_called_them() {
    let place = Place::new(&[("main", ". ./lib.sh\nused\n( used )\n"), ("lib.sh", LIBRARY)]);
    place.same_of(&["bash", "main"]);
    assert_eq!(place.rows("SELECT name || ' ' || line FROM function ORDER BY line"), ["used 1", "unused 4"]);
    let json = place.sandbox.json("forkcov.data");
    let functions = json["files"]["lib.sh"]["functions"].as_object().unwrap();
    assert_eq!(functions.keys().collect::<Vec<_>>(), ["unused", "used"], "{functions:#?}");
    assert_eq!([&functions["used"]["processes"], &functions["unused"]["processes"]], [2, 0]);
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
