//! Lines that are left out by pattern.

use crate::place::{Place, one_line, text};
use std::process::Command;

const C: &str = "\
int main(int argc, char **argv) {
    if (argc > 1)
        return 1; // never
    return 0;
}
";

const PYTHON: &str = "\
import sys
DEBUG = len(sys.argv) > 1
if DEBUG:
    x = 1
    y = 2
else:
    x = 3
def unused():
    return 4
";

fn native() -> Place {
    let place = Place::new();
    place.write("main.c", C, 0o644);
    let mut command = Command::new("cc");
    assert!(command.args(["-g", "main.c"]).current_dir(place.path("")).status().unwrap().success());
    place
}

#[test]
fn a_line_that_matches_is_neither_run_nor_missed_and_shown_as_excluded() {
    let place = native();
    place.write("forkcov.toml", "[report]\nexclude_also = ['//\\s*never', '^int main']\n", 0o644);
    let run = place.succeeds(&["run", "--", "./a.out"]);
    one_line(&run, &["3 of 3 lines (100.0%)"]);
    assert_eq!(text(&place.succeeds(&["report", "--format=total"]).stdout), "100.0\n");
    let json = place.json("forkcov.data");
    assert_eq!(json["files"]["main.c"]["excluded_lines"], serde_json::json!([1, 3]));
    assert_eq!(json["files"]["main.c"]["missing_lines"], serde_json::json!([]));
    let annotated = place.succeeds(&["annotate", "main.c"]);
    assert!(
        text(&annotated.stdout).contains("      x      3          return 1; // never\n"),
        "{annotated:?}"
    );
    let annotated = place.succeeds(&["annotate", "--config=/dev/null", "main.c"]);
    assert!(
        text(&annotated.stdout).contains("      0      3          return 1; // never\n"),
        "{annotated:?}"
    );
    let total = place.succeeds(&["report", "--format=total", "--exclude-also", "none"]);
    assert_eq!(text(&total.stdout), "80.0\n", "a flag replaces the key");
}

#[test]
fn in_python_what_begins_on_the_line_goes_with_it() {
    let place = Place::new();
    place.write("main.py", PYTHON, 0o644);
    place.succeeds(&["run", "-q", "--", "/usr/bin/python3", "main.py"]);
    let missing = |flags: &[&str]| {
        let output = place.succeeds(&[&["json", "-o", "-"], flags].concat());
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let file = &json["files"]["main.py"];
        (file["missing_lines"].to_string(), file["excluded_lines"].to_string())
    };
    assert_eq!(missing(&[]), ("[4,5,9]".into(), "[]".into()));
    assert_eq!(missing(&["--exclude-also", "^if DEBUG:"]), ("[9]".into(), "[3,4,5]".into()));
    let both = missing(&["--exclude-also", "^if DEBUG:", "--exclude-also", "def (a,b|unused)"]);
    assert_eq!(both, ("[]".into(), "[3,4,5,8,9]".into()));
}

#[test]
fn a_malformed_pattern_is_an_error() {
    let place = native();
    let output = place.forkcov(&["report", "--exclude-also", "a("]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("malformed regular expression"), "{output:?}");
}
