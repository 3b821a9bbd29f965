//! forkcov exits as the program does.

use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

#[test]
fn the_exit_status_is_the_programs() {
    let place = Sandbox::with("forks");
    for code in [0, 1, 2, 42, 125, 126, 127, 255] {
        let output = place.forkcov(&["run", "-q", "--", "./forks", &code.to_string()]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(place.processes("forkcov.data"), 2);
    }
}

#[test]
fn a_death_by_signal_is_forkcovs_own() {
    let place = Sandbox::new();
    for signal in [1, 2, 3, 6, 9, 11, 13, 14, 15, 24, 31] {
        let output = place.forkcov(&["run", "--", "sh", "-c", &format!("ulimit -c 0; kill -{signal} $$")]);
        assert_eq!(output.status.signal(), Some(signal), "{output:?}");
    }
}

#[test]
fn a_shell_sees_what_it_would_see_without_forkcov() {
    let place = Sandbox::with("forks");
    let script = format!("{} run -q -- ./forks 3; echo $?", paths::forkcov_text());
    let output = Command::new("sh").args(["-c", &script]).current_dir(place.path("")).output().unwrap();
    assert_eq!(text(&output.stdout), "child\nparent\n3\n");
}

#[test]
fn arguments_and_environment_reach_the_program() {
    let place = Sandbox::new();
    let script = "printf '[%s]' \"$0\" \"$@\" \"$SOME_VARIABLE\"";
    let mut command =
        place.command(&["run", "-q", "--", "sh", "-c", script, "zero", "-q", "", "two words", "--"]);
    let output = command.env("SOME_VARIABLE", "some value").output().unwrap();
    assert_eq!(text(&output.stdout), "[zero][-q][][two words][--][some value]");
}

/// A script that ends by `exec forkcov run` leaves forkcov its background jobs as children.
#[test]
fn children_that_forkcov_was_left_with_are_not_waited_for() {
    let place = Sandbox::with("forks");
    let script =
        format!("mkfifo gate; cat gate >cat.out 2>&1 & exec {} run -q -- ./forks", paths::forkcov_text());
    let mut command = std::process::Command::new("timeout");
    let output = command.args(["60", "sh", "-c", &script]).current_dir(place.path("")).output().unwrap();
    std::fs::write(place.path("gate"), "").unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(place.processes("forkcov.data"), 2);
}

#[test]
fn a_parent_that_ignores_sigchld_changes_nothing() {
    let place = Sandbox::with("forks");
    let script = format!("trap '' CHLD; exec {} run -q -- sh -c 'exit 7'", paths::forkcov_text());
    let mut command = std::process::Command::new("timeout");
    let output = command.args(["60", "sh", "-c", &script]).current_dir(place.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
}
