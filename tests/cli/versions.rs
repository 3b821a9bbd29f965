//! Sources that are changed or removed after a run, during it, between runs, or before it.

use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::fs;

const SOURCE: &str = "int half(int n) {\n    if (n)\n        return 1;\n    return 0;\n}\nint main(void) {\n    return half(0);\n}\n";

fn compile(place: &Sandbox, compiler: &[&str]) {
    place.tool(compiler[0], &[&compiler[1..], &["-g", "-o", "program", "half.c"]].concat());
}

/// A compiled program.
fn place() -> Sandbox {
    let place = Sandbox::new();
    place.write("half.c", SOURCE, 0o644);
    compile(&place, &["cc"]);
    place
}

/// Its data, too.
fn after_a_run() -> Sandbox {
    let place = place();
    place.succeeds(&["run", "-q", "--", "./program"]);
    place
}

const CHANGED: &str = "half.c has changed since the run: lines may have moved";
const REWRITTEN: &str = "half.c has been rewritten since it was compiled or loaded, perhaps during the run";
const MIXED: &str = "half.c has changed between the runs: lines of different versions are counted together";

/// The reports on standard output.
const REPORTS: [&[&str]; 6] = [
    &["report"],
    &["annotate", "half.c"],
    &["json", "-o", "-"],
    &["lcov", "-o", "-"],
    &["xml", "-o", "-"],
    &["diff", "parents", "children"],
];

#[test]
fn a_source_that_is_as_it_was_is_nothing_to_speak_of() {
    let place = after_a_run();
    // Written again, but with the same text.
    fs::write(place.path("half.c"), SOURCE).unwrap();
    for report in REPORTS {
        let output = place.succeeds(report);
        assert_eq!(text(&output.stderr), "", "{report:?}");
    }
    let annotated = place.succeeds(&["annotate", "half.c"]);
    assert!(
        text(&annotated.stdout).starts_with("half.c: 7 of 8 lines (87.5%), 1 process\n\n"),
        "{annotated:?}"
    );
}

#[test]
fn every_report_says_that_a_source_has_changed() {
    let place = after_a_run();
    let modified = fs::metadata(place.path("half.c")).unwrap().modified().unwrap();
    // As a checkout of another version that keeps times does it, which are no proof.
    place.write("half.c", SOURCE.replace("n)", "m)"), 0o644);
    fs::File::options().append(true).open(place.path("half.c")).unwrap().set_modified(modified).unwrap();
    for report in REPORTS {
        one_line(&place.succeeds(report), &[CHANGED]);
    }
    let output = place.succeeds(&["html"]);
    assert!(text(&output.stderr).starts_with(&format!("forkcov: {CHANGED}\n")), "{output:?}");
    place.write("half.c", SOURCE, 0o644);
    assert_eq!(text(&place.succeeds(&["report"]).stderr), "");
}

#[test]
fn a_changed_source_is_shown_with_a_word_of_warning_before_its_lines() {
    let place = after_a_run();
    place.write("half.c", "int half(int n) {\n}\n", 0o644);
    let output = place.succeeds(&["annotate", "half.c"]);
    one_line(&output, &[CHANGED]);
    let expected = "\
half.c: 7 of 8 lines (87.5%), 1 process
It has changed since it ran: lines may have moved, and then the counts are not theirs.

      1      1  int half(int n) {
      1      2  }
      0      3
      1      4
      1      5
      1      6
      1      7
      1      8
";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn of_a_source_that_is_gone_the_known_lines_are_shown() {
    let place = after_a_run();
    fs::remove_file(place.path("half.c")).unwrap();
    let output = place.succeeds(&["annotate", "half.c"]);
    let shown: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(shown[1..4], ["It is gone: these are the lines that are known of it.", "", "      1      1"]);
    assert_eq!(shown.len(), 3 + 8);
    for report in [&["report"] as &[_], &["lcov", "-o", "-"]] {
        one_line(&place.succeeds(report), &["half.c has no file here: removed since the run"]);
    }
    let output = place.succeeds(&["html"]);
    assert!(text(&output.stderr).starts_with("forkcov: half.c has no file here"), "{output:?}");
}

#[test]
fn runs_of_different_versions_are_said_to_be_counted_together() {
    let place = after_a_run();
    place.succeeds(&["run", "-q", "-a", "--", "./program"]);
    assert_eq!(text(&place.succeeds(&["report"]).stderr), "", "twice the same");
    place.write("half.c", format!("\n{SOURCE}"), 0o644);
    compile(&place, &["cc"]);
    place.succeeds(&["run", "-q", "-a", "--label", "later", "--", "./program"]);
    for report in REPORTS {
        one_line(&place.succeeds(report), &[MIXED]);
    }
    // The lines that count are those of both versions, whichever processes are chosen.
    one_line(&place.succeeds(&["report", "--label", "later"]), &[MIXED]);
    let annotated = place.succeeds(&["annotate", "half.c"]);
    assert!(
        text(&annotated.stdout).contains("\nIt was changed between runs: lines of 2 versions"),
        "{annotated:?}"
    );
}

#[test]
fn combine_keeps_the_texts_of_each_run() {
    let place = place();
    place.succeeds(&["run", "-p", "-q", "--", "./program"]);
    // Whatever happens until then, these hit files are of the first text.
    place.write("half.c", format!("\n{SOURCE}"), 0o644);
    place.succeeds(&["combine", "-q"]);
    one_line(&place.succeeds(&["report"]), &[CHANGED]);
    assert_eq!(place.files("forkcov.data."), [""; 0], "nothing is left over");

    compile(&place, &["cc"]);
    place.succeeds(&["run", "-q", "--data-file", "later", "--", "./program"]);
    place.succeeds(&["combine", "-q", "--keep", "-a", "later"]);
    one_line(&place.succeeds(&["report"]), &[MIXED]);
    assert_eq!(text(&place.succeeds(&["report", "--data-file", "later"]).stderr), "");
    // Once more changes nothing.
    place.succeeds(&["combine", "-q", "--keep", "-a", "later"]);
    let annotated = place.succeeds(&["annotate", "half.c"]);
    assert!(text(&annotated.stdout).contains("lines of 2 versions"), "{annotated:?}");
}

/// A run whose forkcov was killed at its end, before it could write the snapshots of its sources.
fn killed_run(place: &Sandbox) {
    place.succeeds(&["run", "-p", "-q", "--", "./program"]);
    let texts: Vec<_> =
        place.files("forkcov.data.").into_iter().filter(|name| name.ends_with(".snapshots")).collect();
    assert_eq!(texts.len(), 1);
    fs::remove_file(place.path(&texts[0])).unwrap();
}

#[test]
fn of_a_killed_run_combine_takes_the_sources_that_have_not_been_written_to_since() {
    let place = place();
    killed_run(&place);
    place.succeeds(&["combine", "-q"]);
    assert_eq!(text(&place.succeeds(&["report"]).stderr), "");
    place.write("half.c", SOURCE.replace("n)", "m)"), 0o644);
    one_line(&place.succeeds(&["report"]), &[CHANGED]);

    place.write("half.c", SOURCE, 0o644);
    killed_run(&place);
    place.write("half.c", SOURCE, 0o644);
    place.succeeds(&["combine", "-q"]);
    one_line(&place.succeeds(&["report"]), &[REWRITTEN]);
}

#[test]
fn a_source_that_changes_while_it_runs_has_changed() {
    let place = place();
    place.succeeds(&["run", "-q", "--", "sh", "-c", "./program; echo >> half.c"]);
    one_line(&place.succeeds(&["report"]), &[REWRITTEN]);
}

#[test]
fn a_source_that_is_made_and_compiled_while_it_runs_is_as_it_ran() {
    let place = place();
    let make = "cp half.c made.c && cc -g -o made made.c && ./made";
    place.succeeds(&["run", "-q", "--", "sh", "-c", make]);
    let output = place.succeeds(&["report"]);
    assert!(text(&output.stdout).contains("made.c"), "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_digest_of_the_compiler_shows_that_a_source_is_newer_than_its_program() {
    let place = Sandbox::new();
    place.write("half.c", SOURCE, 0o644);
    compile(&place, &["clang", "-gdwarf-5"]);
    assert_eq!(text(&place.succeeds(&["run", "-q", "--", "./program"]).stderr), "");
    assert_eq!(text(&place.succeeds(&["report"]).stderr), "");
    place.write("half.c", format!("\n{SOURCE}"), 0o644);
    let output = place.succeeds(&["run", "-q", "--", "./program"]);
    one_line(
        &output,
        &["half.c has changed since the program was compiled, so its lines may not be those that ran"],
    );
    one_line(&place.succeeds(&["report"]), &[REWRITTEN]);
}

#[test]
fn a_changed_python_source_is_said_to_have_and_counts_as_far_as_it_agrees() {
    needs::require(needs::tool("/usr/bin/python3"));
    let place = Sandbox::new();
    place.write("a.py", "x = 1\ny = (\n    2)\nif x > 1:\n    y = 3\n", 0o644);
    place.succeeds(&["run", "-q", "--", "/usr/bin/python3", "a.py"]);
    assert_eq!(text(&place.succeeds(&["report"]).stderr), "");
    let total = |place: &Sandbox| {
        let output = place.succeeds(&["report", "--format", "total"]);
        one_line(&output, &["a.py has changed since the run: lines may have moved"]);
        text(&output.stdout).to_owned()
    };
    // A user marks lines after reading a report, and reports again.
    place.write("a.py", "x = 1\ny = (\n    2)\nif x > 1:\n    y = 3  # pragma: no cover\n", 0o644);
    assert_eq!(total(&place), "100.0\n");
    place.write("a.py", "# x = 1\n# y = (\n#    2)\n# if x > 1:\n#    y = 3\n", 0o644);
    assert_eq!(total(&place), "80.0\n", "all lines that can run, since none is a statement");
}

#[test]
fn texts_that_are_damaged_are_named_and_the_hits_are_taken() {
    let place = place();
    place.succeeds(&["run", "-p", "-q", "--", "./program"]);
    let name = place.files("forkcov.data.").into_iter().find(|name| name.ends_with(".snapshots")).unwrap();
    let mut bytes = fs::read(place.path(&name)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(place.path(&name), bytes).unwrap();
    let output = place.forkcov(&["combine"]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.contains("in place: the source snapshots of its run: its checksum is wrong"),
        "{message}"
    );
    assert!(
        message.contains("combined 0 files, and what is undamaged of 1 file -> forkcov.data"),
        "{message}"
    );
    one_line(&place.forkcov(&["combine", "-q"]), &["in place: the source snapshots of its run"]);
    let report = place.succeeds(&["report", "--format", "total"]);
    assert_eq!((text(&report.stdout), text(&report.stderr)), ("87.5\n", ""));
}
