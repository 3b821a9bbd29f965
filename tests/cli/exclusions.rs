//! Lines and functions that patterns exclude.

use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};

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

fn native() -> Sandbox {
    let place = Sandbox::new();
    place.write("main.c", C, 0o644);
    place.cc(&["-g", "main.c"]);
    place
}

#[test]
fn a_line_that_matches_is_neither_run_nor_missed_and_shown_as_excluded() {
    let place = native();
    place.write("forkcov.toml", "[report]\nexclude_also = ['//\\s*never', '^    if']\n", 0o644);
    let run = place.succeeds(&["run", "--", "./a.out"]);
    one_line(&run, &["3 of 3 lines (100.0%)"]);
    assert_eq!(text(&place.succeeds(&["report", "--format=total"]).stdout), "100.0\n");
    let json = place.json("forkcov.data");
    assert_eq!(json["files"]["main.c"]["excluded_lines"], serde_json::json!([2, 3]));
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

const FUNCTIONS: &str = "\
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static inline __attribute__((always_inline)) int scaled(int n) {
    return n * 3;
}
static void dump(int n)
{
    if (n > 100)
        puts(\"much\");
}
int main(void) {
    if (fork() == 0)
        _exit(scaled(2) == 7);
    wait(NULL);
    dump(1);
    return 0;
}
";

#[test]
fn a_function_goes_as_a_whole_by_its_name_or_by_its_first_line() {
    for compiler in ["gcc", "clang"] {
        let place = Sandbox::new();
        place.write("main.c", FUNCTIONS, 0o644);
        if !place.try_tool(compiler, &["-g", "-O0", "main.c"]) {
            continue;
        }
        place.succeeds(&["run", "-q", "--", "./a.out"]);
        let file = |flags: &[&str]| {
            let output = place.succeeds(&[&["json", "-o", "-"], flags].concat());
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            json["files"]["main.c"].clone()
        };
        let whole = file(&[]);
        assert_eq!(whole["missing_lines"], serde_json::json!([10]), "{compiler}");
        // One is inlined, into the child alone.
        let lcov = text(&place.succeeds(&["lcov", "-o", "-"]).stdout).to_owned();
        for (name, declared) in [("scaled", 4), ("dump", 7), ("main", 12)] {
            let function = &whole["functions"][name];
            assert_eq!(function["processes"], 1, "{compiler} {name}");
            // All reports have it at its first line with code: at the name, the brace or the first statement.
            let start = function["start_line"].as_u64().unwrap();
            assert!((declared..declared + 2).contains(&start), "{compiler}: {function}");
            assert!(lcov.contains(&format!("FN:{start},{name}\n")), "{compiler} {start}: {lcov}");
            assert_eq!(function["executed_lines"][0], start, "{compiler}");
        }
        for flags in [["--exclude-functions", "^dump$"], ["--exclude-also", r"void dump\("]] {
            let left = file(&flags);
            assert_eq!(left["missing_lines"], serde_json::json!([]), "{compiler} {flags:?}");
            let excluded: Vec<u64> = left["excluded_lines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line.as_u64().unwrap())
                .collect();
            assert!(
                excluded == [7, 9, 10, 11] || excluded == [8, 9, 10, 11],
                "{compiler} {flags:?} {excluded:?}"
            );
            assert!(left["functions"]["dump"].is_null() && left["functions"]["main"].is_object());
        }
        let left = file(&["--exclude-functions", "^scaled$"]);
        assert!(left["functions"]["scaled"].is_null());
        assert_eq!(left["excluded_lines"], serde_json::json!([5]), "{compiler}");
    }
}

#[test]
fn in_python_what_begins_on_the_line_goes_with_it() {
    needs::require(needs::tool("/usr/bin/python3"));
    let place = Sandbox::new();
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
    assert_eq!(missing(&["--exclude-functions", "^unused$"]), ("[4,5]".into(), "[8,9]".into()));
}

const BRANCHES: &str = "\
import sys
if sys.argv:  # pragma: no branch
    x = 1
if sys.argv:  # always
    x = 2  # pragma: no cover
if sys.argv:  # always
    x = 3
print(x)
";

#[test]
fn lines_and_partial_branches_of_the_user_replace_those_of_python_or_join_them() {
    needs::require(needs::tool("/usr/bin/python3"));
    let place = Sandbox::new();
    place.write("main.py", BRANCHES, 0o644);
    place.succeeds(&["run", "-q", "--branches", "--", "/usr/bin/python3", "main.py"]);
    let found = |flags: &[&str]| {
        let output = place.succeeds(&[&["json", "-o", "-"], flags].concat());
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let file = &json["files"]["main.py"];
        (file["excluded_lines"].to_string(), file["missing_branches"].to_string())
    };
    // A line that is excluded is no place to which a branch could lead.
    assert_eq!(found(&[]), ("[5]".into(), "[[6,8]]".into()));
    let replaced = found(&["--exclude-lines", "print"]);
    assert_eq!(replaced, ("[8]".into(), "[[4,6]]".into()), "the default has no effect");
    let joined = found(&["--partial-also", "always$"]);
    assert_eq!(joined, ("[5]".into(), "[]".into()));
    let replaced = found(&["--partial-branches", "always$"]);
    assert_eq!(replaced, ("[5]".into(), "[[2,4]]".into()));
    let both = found(&["--partial-branches", "^nothing$", "--partial-also", "always$"]);
    assert_eq!(both, replaced);
}

#[test]
fn branches_of_c_may_be_partial_by_pattern_and_excluded_lines_keep_their_markers() {
    let place = native();
    place.succeeds(&["run", "-q", "--branches", "--", "./a.out"]);
    let report = |flags: &[&str]| {
        let output = place.succeeds(&[&["json", "-o", "-"], flags].concat());
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let summary = &json["files"]["main.c"]["summary"];
        (summary["covered_branches"].to_string(), summary["num_branches"].to_string())
    };
    assert_eq!(report(&[]), ("1".into(), "2".into()));
    assert_eq!(report(&["--partial-also", "argc > 1"]), ("2".into(), "2".into()));
    assert_eq!(report(&["--partial-branches", "argc > 1"]), ("2".into(), "2".into()));
    assert_eq!(report(&["--exclude-lines", "argc > 1"]), ("0".into(), "0".into()));
    let total = place.succeeds(&["report", "--format=total", "--partial-also", "argc > 1"]);
    assert_eq!(text(&total.stdout), "85.7\n", "4 of 5 lines and 2 of 2 directions");
}

#[test]
fn a_malformed_pattern_is_an_error() {
    let place = native();
    for flag in
        ["--exclude-lines", "--exclude-also", "--exclude-functions", "--partial-branches", "--partial-also"]
    {
        let output = place.forkcov(&["report", flag, "a("]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("malformed regular expression"), "{output:?}");
        let output = place.forkcov(&["report", &format!("{flag}=")]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("an empty expression matches every line"), "{output:?}");
    }
}
