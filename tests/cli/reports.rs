//! Reports of what a run has recorded.

use forkcov_testing::sandbox::{Sandbox, one_line, text};

/// A program of two sources, and its data: of `main.c` all 3 lines have run, of `half.c` 4 of 5.
fn place() -> Sandbox {
    let place = Sandbox::new();
    place.write("main.c", "int half(int);\nint main(void) {\n    return half(0);\n}\n", 0o644);
    let half = "int half(int n) {\n    if (n)\n        return 1;\n    return 0;\n}\n";
    place.write("half.c", half, 0o644);
    place.cc(&["-g", "-o", "program", "main.c", "half.c"]);
    place.succeeds(&["run", "-q", "--", "./program"]);
    place
}

#[test]
fn a_total_alone_is_what_a_script_reads() {
    let place = place();
    assert_eq!(text(&place.succeeds(&["report", "--format", "total"]).stdout), "87.5\n");
    assert_eq!(text(&place.succeeds(&["report", "--format=total", "--precision=0"]).stdout), "88\n");
}

#[test]
fn a_total_below_the_minimum_is_status_2() {
    let place = place();
    place.succeeds(&["report", "--fail-under", "87.5"]);
    let output = place.forkcov(&["report", "--fail-under", "87.6"]);
    assert_eq!(output.status.code(), Some(2));
    one_line(&output, &["total of 87.5% is below --fail-under 87.6"]);
    assert_eq!(output.stdout, place.succeeds(&["report"]).stdout);
}

#[test]
fn each_file_below_the_minimum_is_named() {
    let place = place();
    place.succeeds(&["report", "--fail-under-file", "80"]);
    let output = place.forkcov(&["report", "--fail-under-file", "80.1", "--fail-under", "80"]);
    assert_eq!(output.status.code(), Some(2));
    one_line(&output, &["half.c: 80.0% is below its minimum of 80.1%"]);
    let output =
        place.forkcov(&["report", "--format", "total", "--fail-under-file", "90", "--fail-under", "90"]);
    let said: Vec<&str> = text(&output.stderr).lines().collect();
    assert_eq!((output.status.code(), said.len()), (Some(2), 2), "{output:?}");
}

#[test]
fn a_minimum_holds_for_the_files_that_match_it_instead_of_that_of_all_files() {
    let place = place();
    place.succeeds(&["report", "--minimum", "half.c=80", "--fail-under-file", "100"]);
    let output = place.forkcov(&["report", "--minimum", "*.c=90", "--minimum", "half.c=0"]);
    assert_eq!(output.status.code(), Some(2));
    one_line(&output, &["half.c: 80.0% is below its minimum of 90%"]);
    place.write("forkcov.toml", "[report]\nfail_under_file = 100\n[minimum]\n'half*' = 80.1\n", 0o644);
    let output = place.forkcov(&["report"]);
    assert_eq!(output.status.code(), Some(2));
    one_line(&output, &["half.c: 80.0% is below its minimum of 80.1%"]);
    place.succeeds(&["report", "--minimum", "*=70"]);
    place.write("forkcov.toml", "[minimum]\n'half*' = true\n", 0o644);
    one_line(&place.forkcov(&["report"]), &["forkcov.toml:2: `half*` must be a percentage, not a boolean"]);
}

#[test]
fn a_table_in_markdown_has_no_colour_and_no_padding() {
    let output = place().succeeds(&["report", "-m", "--format", "markdown"]);
    let expected = "\
| Name | Lines | Miss | Cover | Missing |
|:---|---:|---:|---:|:---|
| `half.c` | 5 | 1 | 80.0% | 3 |
| `main.c` | 3 | 0 | 100.0% |  |
| **TOTAL** | **8** | **1** | **87.5%** | |
";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn a_cobertura_report_has_names_relative_to_here() {
    let place = place();
    let output = place.succeeds(&["xml"]);
    one_line(&output, &["wrote coverage.xml"]);
    let report = std::fs::read_to_string(place.path("coverage.xml")).unwrap();
    let source = format!("<source>{}</source>", place.path("").canonicalize().unwrap().display());
    for part in [&source, "filename=\"half.c\" line-rate=\"0.8000\"", "<line number=\"3\" hits=\"0\"/>"] {
        assert!(report.contains(part), "{part} is not in {report}");
    }
    assert_eq!(
        text(&place.succeeds(&["xml", "-o", "-", "--omit", "half.c"]).stdout).matches("<class ").count(),
        1
    );
}

#[test]
fn a_source_is_found_by_its_path_or_the_end_of_it() {
    let place = place();
    let half = text(&place.succeeds(&["annotate", "half.c"]).stdout).to_owned();
    assert!(
        half.starts_with("half.c: 4 of 5 lines (80.0%), 1 process\n\n      1      1  int half"),
        "{half}"
    );
    assert!(half.contains("\n      0      3          return 1;\n"), "{half}");
    let absolute = place.path("half.c").canonicalize().unwrap();
    let by_end =
        format!("{}/half.c", place.path("").canonicalize().unwrap().file_name().unwrap().to_str().unwrap());
    for name in [absolute.to_str().unwrap(), &by_end, "./half.c"] {
        assert_eq!(text(&place.succeeds(&["annotate", name]).stdout), half, "{name}");
    }
    let both = text(&place.succeeds(&["annotate", "half.c", "main.c"]).stdout).to_owned();
    assert!(both.starts_with(&format!("{half}\nmain.c: ")), "{both}");
    let output = place.forkcov(&["annotate", "alf.c"]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["no source file alf.c in forkcov.data"]);
}

#[test]
fn what_children_ran_and_their_parents_did_not() {
    let place = Sandbox::new();
    let forks = "\
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    int child = fork();
    if (child == 0)
        _exit(0);
    wait(0);
    return 0;
}
";
    place.write("main.c", forks, 0o644);
    place.cc(&["-g", "main.c"]);
    place.succeeds(&["run", "-q", "--", "./a.out"]);
    let expected = "\
main.c
  only parents   3-4, 7-9
  only children  6

5 lines by parents alone, 1 by children alone, 1 by both
";
    assert_eq!(text(&place.succeeds(&["diff", "parents", "children"]).stdout), expected);

    let json = place.json("forkcov.data");
    let pid = |index: usize| json["processes"][index]["pid"].to_string();
    let by_pid =
        expected.replace("parents  ", &format!("{:8}", pid(0))).replace("children", &format!("{:8}", pid(1)));
    let output = place.succeeds(&["diff", &pid(0), &pid(1)]);
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(text(&output.stdout)), squeezed(&by_pid.replace("parents", &pid(0))));

    place.succeeds(&["run", "-q", "--data-file", "again.data", "--", "./a.out"]);
    let same = text(&place.succeeds(&["diff", "forkcov.data", "again.data"]).stdout).to_owned();
    assert_eq!(same, "0 lines by forkcov.data alone, 0 by again.data alone, 7 by both\n");
    let output = place.forkcov(&["diff", "parents", "none.data"]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["no data file none.data"]);
    one_line(&place.forkcov(&["diff", "1", "children"]), &["no process 1 in forkcov.data"]);
}

#[test]
fn what_a_source_marks_does_not_count() {
    let place = place();
    let marked = "int half(int n) {\n    if (n)\n        return 1; // LCOV_EXCL_LINE\n    return 0;\n}\n";
    std::fs::write(place.path("half.c"), marked).unwrap();
    assert_eq!(text(&place.succeeds(&["report", "--format", "total"]).stdout), "100.0\n");
    let shown = place.succeeds(&["annotate", "half.c"]);
    assert!(text(&shown.stdout).contains("      x      3          return 1; // LCOV"), "{shown:?}");
    assert_eq!(place.json("forkcov.data")["totals"]["excluded_lines"], 1);
}

#[test]
fn coverage_py_gets_python_alone() {
    let place = place();
    let output = place.forkcov(&["coverage-py"]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["nothing for coverage.py: no Python source in forkcov.data"]);
    assert_eq!(place.files(".coverage"), [""; 0]);
}
