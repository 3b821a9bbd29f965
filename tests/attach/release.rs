//! Programs that are released run on as if forkcov had never been attached.

use crate::target::{self, Built, PHASES, Target};
use crate::{forkcov, unharmed};
use forkcov_testing::paths;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::{Command, Stdio};

#[test]
fn a_busy_program_survives_fifty_attachments() {
    let (built, mut target) = target::start("busy", "busy");
    for round in 0..50 {
        let mut command = forkcov::run(&built.directory);
        command.args((round % 2 == 0).then_some("--branches"));
        let forkcov = forkcov::attach_by(command, target.pid);
        if round % 2 == 0 {
            // Signals of its own, meanwhile.
            kill(Pid::from_raw(target.pid), Signal::SIGUSR2).unwrap();
        }
        forkcov.send([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP][round % 3]);
        forkcov.end();
        unharmed::check(target.pid);
    }
    target.go_on();
    let (rest, status) = target.end();
    assert_eq!(rest, "wrong 0, worked 1\n");
    assert!(status.success(), "{status}");
}

#[test]
fn no_wait_is_interrupted() {
    let (built, mut target) = target::start("waits", "waits");
    for _ in 0..10 {
        forkcov::attach(&built.directory, target.pid).detach();
    }
    unharmed::check(target.pid);
    target.go_on();
    target.wait_for("interrupted 0");
}

/// The breakpoints of a killed forkcov stay in the program, and would kill it.
#[test]
fn what_a_killed_forkcov_has_left_the_next_one_takes_out() {
    let (built, mut target) = target::start("phases", "phases-killed");
    forkcov::attach(&built.directory, target.pid).kill();
    let forkcov = forkcov::attach(&built.directory, target.pid);
    target.is_traced_by(forkcov);
    assert_eq!(target.ends_unharmed().0, PHASES);
}

#[test]
fn a_forkcov_that_was_started_with_signals_ignored_can_be_asked_to_release() {
    let (built, mut target) = target::start("phases", "phases-ignored");
    let script = "trap '' CHLD INT HUP PIPE; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", paths::forkcov_text(), "run", "--data-file", "forkcov.data"]);
    command.current_dir(&built.directory).stdin(Stdio::null());
    let forkcov = forkcov::attach_by(command, target.pid);
    target.is_traced_by(forkcov);
    assert_eq!(target.ends_unharmed().0, PHASES);
}

#[test]
fn a_second_signal_disturbs_nothing() {
    let (built, mut target) = target::start("busy", "busy-signals");
    for _ in 0..10 {
        let forkcov = forkcov::attach(&built.directory, target.pid);
        for signal in [Signal::SIGINT, Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            forkcov.send(signal);
        }
        forkcov.end();
        unharmed::check(target.pid);
    }
    target.go_on();
    assert_eq!(target.end().0, "wrong 0, worked 1\n");
}

/// What goes on of a program when forkcov has ended with its first process, by status 5.
fn outlived(built: &Built, arguments: &[&str]) -> Target {
    let mut command = built.command(paths::forkcov());
    let mut child = command.args(arguments).stderr(Stdio::null()).spawn().unwrap();
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(5));
    (child.stdin, child.stdout) = (stdin, stdout);
    let mut outlived = Target::of(child);
    outlived.wait_for("outlived");
    outlived
}

#[test]
fn with_the_first_process_forkcov_ends_and_the_others_go_on() {
    let built = target::build("outlived", "outlived");
    let mut outlived = outlived(&built, &["run", "--exit-first-process", "--", "./outlived"]);
    let child = forkcov::processes(&built.directory)[1]["pid"].as_i64().unwrap() as i32;
    unharmed::check(child);
    outlived.go_on();
    assert_eq!(outlived.end().0, "works on: 4\n");
    forkcov::check(&built);
}

#[test]
fn the_hit_file_of_a_process_that_goes_on_is_whole() {
    let built = target::build("outlived", "outlived");
    let mut outlived = outlived(&built, &["run", "-p", "--exit-first-process", "--", "./outlived"]);
    outlived.go_on();
    assert_eq!(outlived.end().0, "works on: 4\n");
    let combined = built.command(paths::forkcov()).arg("combine").output().unwrap();
    assert!(combined.status.success() && combined.stderr.starts_with(b"forkcov: combined 2 files"));
    forkcov::check(&built);
}

#[test]
fn threads_go_on_whose_blocks_depend_on_each_other() {
    let built = target::build("outlived_threads", "outlived-threads");
    for round in 0..10 {
        let flags = ["run", "-q", "--exit-first-process", "--trampolines-after", "1"];
        let branches = if round % 2 == 0 { &["--branches"][..] } else { &[] };
        let mut outlived = outlived(&built, &[&flags, branches, &["--", "./outlived_threads"]].concat());
        outlived.go_on();
        assert_eq!(outlived.end().0, "wrong 0\n", "in round {round}");
    }
}
