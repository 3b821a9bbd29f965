//! A process that cannot be attached to is an error of one line, with exit status 125.

use crate::target::PHASES;
use crate::{forkcov, target};
use forkcov_testing::copy::copy_forkcov_into;
use forkcov_testing::needs;
use forkcov_testing::roles::Roles;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
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
    let (built, target) = target::start("phases", "phases-traced");
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
    let (_, mut target) = target::start("busy", "busy-thread");
    let threads = std::fs::read_dir(format!("/proc/{}/task", target.pid)).unwrap();
    let names = threads.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let thread = names.filter(|name| *name != target.pid.to_string()).min().unwrap();
    assert!(refusal(&thread).contains(&format!("it is a thread of process {}", target.pid)));
    target.go_on();
    assert!(target.end().1.success());
}

/// A process that may have to log its role yet.
fn awaited(directory: &Path, find: impl Fn(&Roles) -> Option<i32>) -> i32 {
    loop {
        // A line that is being written is none.
        if let Some(pid) = Roles::read(&directory.join("roles")).ok().and_then(|roles| find(&roles)) {
            return pid;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_process_in_the_memory_of_another() {
    let (built, mut target) = target::start("vforked", "vforked-child");
    let child = awaited(&built.directory, |roles| roles.every_pid().find(|&pid| pid != target.pid));
    assert!(
        refusal(&child.to_string()).contains(&format!("it runs in the memory of process {}", target.pid))
    );
    target.go_on();
    target.wait_for("traced");
    target.go_on();
    assert!(target.end().1.success());
}

#[test]
fn a_child_that_is_traced_by_another_is_left_to_that() {
    let (built, mut target) = target::start("phases", "phases-child-traced");
    let child = awaited(&built.directory, |roles| roles.every_pid().find(|&pid| roles.of(pid) == "child"));
    let other = tempfile::tempdir().unwrap();
    let first = forkcov::attach(other.path(), child);
    let second = forkcov::attach(&built.directory, target.pid);
    target.go_on();
    target.wait_for("traced");
    let said = second.detach_with_remarks();
    assert_eq!(said.len(), 2, "child and grandchild: {said:?}");
    assert!(
        said[0]
            .starts_with(&format!("forkcov: cannot cover process {child} (phases): it is already traced by"))
    );
    first.detach();
    target.go_on();
    assert_eq!(target.end().0, PHASES);
    let all = |directory| forkcov::processes(directory).len();
    assert_eq!((all(other.path()), all(&built.directory)), (2, 2));
}

#[test]
fn a_process_of_another_user() {
    if !nix::unistd::geteuid().is_root() {
        let said = refusal("1");
        assert!(said.contains("it belongs to another user"), "{said}");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    copy_forkcov_into(place.path()).unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o777)).unwrap();
    let mut command = needs::command("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]);
    let output =
        command.args(["./forkcov", "run", "--attach", "1"]).current_dir(place.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(125), "{said}");
    assert!(said.contains("failed to attach to process 1: it belongs to another user"), "{said}");
}
