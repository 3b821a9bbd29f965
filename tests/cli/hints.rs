//! Habits of other tools: the message says what to type instead.

use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};

/// What stderr has when forkcov refuses these arguments.
fn refused(arguments: &[&str]) -> String {
    let output = Sandbox::new().forkcov(arguments);
    assert_eq!(output.status.code(), Some(if arguments[0] == "run" { 125 } else { 1 }), "{output:?}");
    text(&output.stderr).to_owned()
}

#[track_caller]
fn has_tip(arguments: &[&str], tip: &str) {
    let stderr = refused(arguments);
    let tips: Vec<&str> = stderr.lines().filter_map(|line| line.trim().strip_prefix("tip: ")).collect();
    assert!(tips.contains(&tip), "{arguments:?}: {stderr}");
}

#[test]
fn a_program_needs_run_before_it() {
    has_tip(&["./prog", "--flag"], "to run a program, use `forkcov run -- ./prog`");
    has_tip(&["sh", "-c", "true"], "to run a program, use `forkcov run -- sh`");
    has_tip(&["./report"], "to run a program, use `forkcov run -- ./report`");
    let misspelt = refused(&["reprot"]);
    assert!(misspelt.contains("'report'") && !misspelt.contains("run a program"), "{misspelt}");
    let place = Sandbox::new();
    place.write("reprot", "", 0o755);
    let output = place.command(&["reprot"]).env("PATH", place.path("")).output().unwrap();
    assert!(text(&output.stderr).contains("use `forkcov run -- reprot`"), "{output:?}");
}

#[test]
fn help_is_a_flag() {
    has_tip(&["help"], "for help, use `forkcov --help`");
    has_tip(&["help", "run"], "for help, use `forkcov run --help`");
}

#[test]
fn branches_are_a_flag_of_run() {
    let branches = "record branches by `forkcov run --branches`: every report shows them then";
    has_tip(&["report", "--branch"], branches);
    has_tip(&["--config", "x.toml", "html", "--branches"], branches);
}

#[test]
fn coverage_pys_name_of_the_flag_records_branches() {
    let place = Sandbox::with("forks");
    let names = ["--branch", "--branches"].map(|flag| {
        place.succeeds(&["run", "-q", flag, "--", "./forks"]);
        text(&place.succeeds(&["report"]).stdout).to_owned()
    });
    assert!(names[0].contains(" BrPart "), "{names:?}");
    assert_eq!(names[0], names[1]);
}

#[test]
fn a_script_that_is_no_program_needs_its_interpreter() {
    let place = Sandbox::new();
    place.write("script.py", "print('ran')\n", 0o644);
    place.write("tests.sh", "echo ran\n", 0o644);
    for (script, status, command) in [
        ("script.py", 127, "`forkcov run -- python3 script.py`"),
        ("./script.py", 126, "`forkcov run -- python3 ./script.py`"),
        ("tests.sh", 127, "`forkcov run -- bash tests.sh`"),
    ] {
        let output = place.forkcov(&["run", "--", script]);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        one_line(&output, &[script, command]);
    }
    let missing = place.forkcov(&["run", "--", "other.py"]);
    assert!(!one_line(&missing, &["other.py"]).contains("python3"), "{missing:?}");
}

#[test]
fn a_diff_outside_of_a_repository_is_said_to_be_that() {
    needs::require(needs::tool("git"));
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    let mut command = place.command(&["report", "--diff-base", "main"]);
    // The sandbox may be within a repository: this one.
    let above = place.path("").parent().unwrap().to_owned();
    let output = command.env("GIT_CEILING_DIRECTORIES", above).env("LC_ALL", "C").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    one_line(&output, &["failed to find what has changed since main", "not a git repository"]);
}
