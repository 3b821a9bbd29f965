//! What cannot be attached to is said in one line, with exit status 125.

use crate::{forkcov, target};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::Command;

fn refusal(pid: &str) -> String {
    let said = refused(pid);
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

fn refused(pid: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let output = forkcov::run(directory.path()).arg(format!("--attach={pid}")).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(directory.path().read_dir().unwrap().count(), 0, "something was left");
    said
}

#[test]
fn a_process_that_there_is_not() {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let pid = child.id().to_string();
    assert_eq!(refusal(&pid), format!("forkcov: failed to attach to process {pid}: no such process\n"));
}

#[test]
fn a_process_that_has_ended_already() {
    let child = Command::new("true").spawn().unwrap();
    let pid = child.id();
    while !std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap().contains("Z (zombie)") {
        std::thread::yield_now();
    }
    assert!(refusal(&pid.to_string()).contains("it has ended, and waits to be reaped by its parent"));
    drop(child);
}

#[test]
fn a_process_that_is_traced_by_another() {
    let built = target::build("phases", "phases-traced");
    let mut target = built.start();
    target.wait_for("ready");
    let first = forkcov::attach(&built.directory, target.pid);
    assert!(refusal(&target.pid.to_string()).contains("it is already traced by process"));
    first.detach();
    kill(Pid::from_raw(-target.pid), Signal::SIGKILL).unwrap();
}

#[test]
fn what_is_no_process() {
    assert!(refused("0").contains("0 is not in 1.."));
    assert!(refused("-1").contains("-1 is not in 1.."));
    assert!(refused("self").contains("invalid value 'self'"));
}

#[test]
fn a_thread_of_a_process() {
    let built = target::build("busy", "busy-thread");
    let mut target = built.start();
    target.wait_for("ready");
    let threads = std::fs::read_dir(format!("/proc/{}/task", target.pid)).unwrap();
    let names = threads.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let thread = names.filter(|name| *name != target.pid.to_string()).min().unwrap();
    assert!(refusal(&thread).contains(&format!("it is a thread of process {}", target.pid)));
    target.go_on();
    assert!(target.end().1.success());
}
