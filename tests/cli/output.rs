//! The standard output and the standard error of forkcov.

use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use regex::Regex;
use std::process::{Command, Stdio};

#[test]
fn a_run_ends_with_one_summary_line_on_stderr() {
    let place = Sandbox::with("forks");
    let output = place.succeeds(&["run", "--", "./forks"]);
    assert_eq!(text(&output.stdout), "child\nparent\n");
    let summary =
        Regex::new(r"^forkcov: 2 processes, 1 program, \d+ of \d+ lines \(\d+\.\d%\) -> forkcov\.data\n$")
            .unwrap();
    assert!(summary.is_match(text(&output.stderr)), "{}", text(&output.stderr));
}

#[test]
fn quiet_is_silent() {
    let place = Sandbox::with("forks");
    let output = place.succeeds(&["run", "-q", "--", "./forks"]);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn stderr_of_the_program_comes_through() {
    let place = Sandbox::new();
    let output = place.forkcov(&["run", "-q", "--", "sh", "-c", "echo out; echo err >&2"]);
    assert_eq!((text(&output.stdout), text(&output.stderr).lines().next()), ("out\n", Some("err")));
}

/// Runs a shell line with `$FORKCOV` for forkcov, and gives its status and stderr.
fn shell(place: &Sandbox, line: &str) -> (Option<i32>, String) {
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("FORKCOV", paths::forkcov()).current_dir(place.path(""));
    let output = command.stdin(Stdio::null()).output().unwrap();
    (output.status.code(), text(&output.stderr).to_string())
}

#[test]
fn a_closed_stdout_or_stderr_is_no_obstacle() {
    let place = Sandbox::with("forks");
    let (status, stderr) = shell(&place, "\"$FORKCOV\" run -q -- ./forks 4 >&-");
    assert_eq!((status, stderr.as_str()), (Some(4), ""));
    assert_eq!(place.processes("forkcov.data"), 2);
    let (status, _) = shell(&place, "\"$FORKCOV\" run -- ./forks 5 2>&-");
    assert_eq!(status, Some(5));
    let (status, stderr) = shell(&place, "\"$FORKCOV\" run -q -- ./forks 6 <&- >&- 2>&-");
    assert_eq!((status, stderr.as_str()), (Some(6), ""));
    assert_eq!(place.processes("forkcov.data"), 2);
}

#[test]
fn a_report_into_a_closed_pipe_ends_quietly() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    for report in ["report", "processes", "json -o -", "lcov -o -"] {
        let (_, stderr) = shell(&place, &format!("\"$FORKCOV\" {report} | true"));
        assert_eq!(stderr, "", "{report}");
        let (status, stderr) = shell(&place, &format!("\"$FORKCOV\" {report} >/dev/full"));
        assert_eq!(status, Some(1), "{report}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{report}: {stderr}");
    }
}

#[test]
fn the_programs_stdin_is_forkcovs() {
    let place = Sandbox::new();
    let (_, stderr) =
        shell(&place, "echo text | \"$FORKCOV\" run -q -- sh -c 'read word; echo \"got $word\" >&2'");
    assert_eq!(stderr.lines().next(), Some("got text"));
}
