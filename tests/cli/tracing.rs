//! Environments in which ptrace cannot be used.

use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, one_line, text};

#[test]
fn a_seccomp_filter_that_denies_ptrace_is_named() {
    let place = Sandbox::with("forks");
    place.compile("deny-ptrace", &[]);
    let mut command = std::process::Command::new(place.path("deny-ptrace"));
    command.args([paths::forkcov_text(), "run", "--", "./forks"]).current_dir(place.path(""));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    assert_eq!(text(&output.stdout), "", "the program has not run");
    let line = one_line(&output, &["ptrace"]);
    assert!(line.to_lowercase().contains("seccomp") || line.to_lowercase().contains("container"), "{line}");
    assert_eq!(place.files("forkcov"), [""; 0], "nothing is left behind");
}

#[test]
fn a_run_inside_a_run_says_that_it_is_traced_already() {
    let place = Sandbox::with("forks");
    let inner = [paths::forkcov_text(), "run", "--data-file", "inner", "--", "./forks"];
    let output = place.forkcov(&[&["run", "-q", "--data-file", "outer", "--"], &inner[..]].concat());
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    let first = text(&output.stderr).lines().next().unwrap_or_default();
    assert!(first.starts_with("forkcov: ") && first.contains("traced"), "{output:?}");
}

#[test]
fn a_run_goes_on_exactly_when_a_run_inside_it_cannot() {
    let place = Sandbox::with("forks");
    let inner = format!("{} run --data-file inner -- ./forks; echo $?; ./forks 4", paths::forkcov_text());
    let output = place.forkcov(&["run", "-q", "--", "sh", "-c", &inner]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert_eq!(text(&output.stdout), "125\nchild\nparent\n");
    one_line(&output, &["already traced by process", "(forkcov)", "only one tracer"]);
    assert!(place.executed("forkcov.data", "forks.c").is_superset(&[8, 16].into()));
    assert_eq!(place.files("inner"), [""; 0]);
}

#[test]
fn under_strace_forkcov_names_it() {
    let place = Sandbox::with("forks");
    let mut command = needs::command("strace");
    command.args(["-f", "-o", "/dev/null", paths::forkcov_text(), "run", "--", "./forks"]);
    let output = command.current_dir(place.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    one_line(&output, &["already traced", "(strace)"]);
}

#[test]
fn strace_under_forkcov_fails_as_it_says_itself() {
    needs::require(needs::tool("strace"));
    let place = Sandbox::with("forks");
    let run = "strace -f -o /dev/null ./forks || echo failed; ./forks 4";
    let output = place.forkcov(&["run", "-q", "--", "sh", "-c", run]);
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(4), "failed\nchild\nparent\n"),
        "{output:?}"
    );
    assert!(text(&output.stderr).contains("Operation not permitted"), "{output:?}");
    assert!(!text(&output.stderr).contains("forkcov"), "{output:?}");
    assert!(place.executed("forkcov.data", "forks.c").is_superset(&[8, 16].into()));
}

#[test]
fn reports_need_no_ptrace() {
    let place = Sandbox::with("forks");
    place.compile("deny-ptrace", &[]);
    place.succeeds(&["run", "-q", "--", "./forks"]);
    let mut command = std::process::Command::new(place.path("deny-ptrace"));
    command.args([paths::forkcov_text(), "report"]).current_dir(place.path(""));
    assert!(command.output().unwrap().status.success());
}
