//! Environments in which ptrace cannot be used.

use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::process::Command;

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
    let lines: Vec<&str> = text(&output.stderr).lines().collect();
    assert_eq!(lines.len(), 2, "the inner run says why it failed, the outer one why: {output:?}");
    assert!(lines[0].contains("already traced by process") && lines[0].contains("(forkcov)"), "{output:?}");
    assert!(lines[1].contains("ptrace(2) is refused to forkcov"), "{output:?}");
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
    let lines = text(&output.stderr).lines().filter(|line| line.starts_with("forkcov: "));
    assert_eq!(lines.count(), 1, "{output:?}");
    assert!(text(&output.stderr).contains("ptrace(2) is refused to strace"), "{output:?}");
    assert!(place.executed("forkcov.data", "forks.c").is_superset(&[8, 16].into()));
}

/// Without this, the user would be told to compile with `-g`.
#[test]
fn a_tracer_that_is_all_that_runs_is_named_as_the_reason() {
    let place = Sandbox::new();
    let main = "#include <signal.h>\n#include <sys/ptrace.h>\n#include <unistd.h>\n\
        int main(int n, char **all) {\n\
        if (n > 1) return ptrace(PTRACE_TRACEME, 0, 0, 0) ? 3 : 0;\n\
        int child = fork();\n\
        if (child == 0) for (;;) pause();\n\
        long done = ptrace(PTRACE_SEIZE, child, 0, 0);\n\
        kill(child, SIGKILL);\n\
        return done ? 3 : 0;\n}\n";
    place.write("tracer.c", main, 0o644);
    for flags in [&[][..], &["-static"], &["-g"]] {
        place.cc(&[flags, &["tracer.c", "-o", "tracer"]].concat());
        for arguments in [&["./tracer"][..], &["./tracer", "me"]] {
            let output = place.forkcov(&[&["run", "-q", "--"], arguments].concat());
            assert_eq!(output.status.code(), Some(3), "{flags:?} {arguments:?}: {output:?}");
            one_line(&output, &["ptrace(2) is refused to tracer", "only one tracer", "without forkcov"]);
        }
    }
}

#[test]
fn a_program_that_traces_others_is_left_alone() {
    let place = Sandbox::new();
    let main = "#include <stdio.h>\n#include <stdlib.h>\n#include <sys/ptrace.h>\n\
        int main(int n, char **all) {\n\
        for (int i = 0; i < 2000; i++) ptrace(PTRACE_PEEKUSER, 1, 0, 0);\n\
        return ptrace(PTRACE_SEIZE, atoi(all[1]), 0, 0) ? 3 : 0;\n}\n";
    place.write("tracer.c", main, 0o644);
    place.cc(&["tracer.c", "-o", "tracer"]);
    let mut other = Command::new("sleep").arg("100").spawn().unwrap();
    let output = place.forkcov(&["run", "-q", "--", "./tracer", &other.id().to_string()]);
    other.kill().unwrap();
    other.wait().unwrap();
    if output.status.code() != Some(0) {
        needs::give_up(needs::Lack::machine("ptrace", "a program may not trace another one here"));
    }
    assert!(!text(&output.stderr).contains("ptrace(2)"), "{output:?}");
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
