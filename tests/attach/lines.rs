//! Lines count from the moment of the attachment to that of the release.

use crate::target::PHASES;
use crate::{forkcov, target};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn only_lines_that_run_while_attached_count() {
    let (built, mut target) = target::start("phases", "phases");
    target.is_traced_by(forkcov::attach(&built.directory, target.pid));
    let (rest, status) = target.ends_unharmed();
    assert!(status.success(), "{status}");
    assert_eq!(rest, PHASES);
    forkcov::check(&built);
}

#[test]
fn only_directions_that_are_taken_while_attached_count() {
    let (built, mut target) = target::start("directions", "directions");
    let mut command = forkcov::run(&built.directory);
    command.arg("--branches");
    target.is_traced_by(forkcov::attach_by(command, target.pid));
    assert_eq!(target.ends_unharmed().0, "sum 104\n");
    forkcov::check(&built);
    let data = Connection::open(built.directory.join("forkcov.data")).unwrap();
    let mut query = data.prepare("SELECT DISTINCT process, line, way FROM branch_hit").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let taken: Vec<(u32, u32, u32)> = rows.unwrap().collect::<Result<_, _>>().unwrap();
    let source = fs::read_to_string(&built.source).unwrap();
    let ways = |process: u32, text: &str| -> BTreeSet<u32> {
        let line = source.lines().position(|line| line.trim() == text).unwrap() as u32 + 1;
        taken.iter().filter(|it| (it.0, it.1) == (process, line)).map(|it| it.2).collect()
    };
    let parent = taken.iter().map(|it| it.0).min().unwrap();
    let child = taken.iter().map(|it| it.0).max().unwrap();
    assert!(child > parent);
    for process in [parent, child] {
        assert_eq!(ways(process, "if (n == 1)"), BTreeSet::from([0]));
        assert_eq!(ways(process, "if (n == 2)"), BTreeSet::from([1]));
        assert_eq!(ways(process, "for (int i = 0; i < n; i++)"), BTreeSet::from([0, 1]));
    }
    assert_eq!(ways(parent, "if (fork() == 0) {"), BTreeSet::from([1]));
    assert_eq!(ways(child, "if (fork() == 0) {"), BTreeSet::from([0]));
}

#[test]
fn a_child_of_vfork_shares_its_parents_breakpoints() {
    let (built, mut target) = target::start("vforked", "vforked");
    target.is_traced_by(forkcov::attach(&built.directory, target.pid));
    assert_eq!(target.ends_unharmed().0, "status 6\n");
    forkcov::check(&built);
}

#[test]
fn a_process_whose_first_thread_has_ended() {
    for name in ["leaderless", "leaderless_execs", "leader_ends"] {
        let (built, mut target) = target::start(name, name);
        target.is_traced_by(forkcov::attach(&built.directory, target.pid));
        target.go_on();
        assert!(target.end().0.starts_with("sum "));
        forkcov::check(&built);
    }
}

#[test]
fn when_the_program_ends_first_forkcov_ends_too() {
    let (built, mut target) = target::start("phases", "phases-end");
    let forkcov = forkcov::attach(&built.directory, target.pid);
    target.go_on();
    target.wait_for("traced");
    target.go_on();
    assert!(target.end().1.success());
    forkcov.end();
    let processes = forkcov::processes(&built.directory);
    assert!(processes.iter().all(|process| process["exit"]["code"].is_number()), "{processes:?}");
}

#[test]
fn a_stopped_process_stays_stopped_until_it_is_continued() {
    let (built, mut target) = target::start("phases", "phases-stopped");
    let pid = Pid::from_raw(target.pid);
    let is_stopped = || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        status
            .lines()
            .any(|line| line.starts_with("State:") && (line.contains("stopped") || line.contains("tracing")))
    };
    kill(pid, Signal::SIGSTOP).unwrap();
    while !is_stopped() {
        std::thread::yield_now();
    }
    for _ in 0..3 {
        let forkcov = forkcov::attach(&built.directory, target.pid);
        assert!(is_stopped());
        forkcov.detach();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        assert!(status.contains("T (stopped)"), "{status}");
    }
    let forkcov = forkcov::attach(&built.directory, target.pid);
    kill(pid, Signal::SIGCONT).unwrap();
    target.is_traced_by(forkcov);
    assert_eq!(target.ends_unharmed().0, PHASES);
    forkcov::check(&built);
}
