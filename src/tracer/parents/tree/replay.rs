//! Event logs of real runs, replayed into the tree, as they were recorded and in other orders that the kernel
//! could have chosen.
//!
//! A log is `logs/NAME.jsonl`, written by `forkcov run --log-events` (docs/event-log.md) for
//! `test-programs/support/orders.c`, or for `test-programs/exec_while_forking.c` in the case of
//! `parent-gone-by-exec`. `logs/NAME.txt` lists its processes: PID, parent, end.

use super::log::{Event, Line, logs, read};
use super::orders::reordered;
use super::{End, Parentage, ProcessId, Tree, TreeStop};
use crate::ptrace::Tid;
use std::collections::HashSet;
use std::fmt::Write;
use std::fs;

/// A process of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LoggedProcess {
    pid: Tid,
    /// The PID of its parent.
    parent: Option<Tid>,
    end: Option<String>,
}

/// Feeds the tree as the tracer does.
#[derive(Default)]
struct Replay {
    tree: Tree<()>,
    forkcov: Tid,
    found: Vec<LoggedProcess>,
    last_exited: Option<ProcessId>,
    /// Parked tasks that have been reported: the log has their first stop a second time, when it is handled.
    released: HashSet<Tid>,
    /// Adoptions that the log has next.
    adopted: Vec<(ProcessId, Option<ProcessId>)>,
    /// The serial numbers must be as logged.
    exact: bool,
}

impl Replay {
    fn of(lines: &[Line], exact: bool) -> Vec<LoggedProcess> {
        let mut replay = Self { exact, ..Self::default() };
        lines.iter().for_each(|line| replay.feed(line));
        assert!(replay.tree.is_empty(), "{:?}", replay.tree);
        replay.found
    }

    fn feed(&mut self, line: &Line) {
        let tid = line.tid.unwrap_or_default();
        match &line.event {
            Event::Run => self.forkcov = line.pid.unwrap(),
            Event::Launch { process } => {
                let id = self.tree.root(tid);
                self.begins(id, tid, None);
                self.is_logged(Some(id), Some(*process));
            }
            Event::Parked { child_of, thread_of } => {
                let parentage =
                    child_of.map(Parentage::ChildOf).or(thread_of.map(Parentage::ThreadOf)).unwrap();
                assert_eq!(self.tree.stopped(tid, (), |_| parentage), TreeStop::Parked);
                if self.tree.is_stranger(tid, self.forkcov) {
                    self.adopts(tid, self.last_exited);
                }
            }
            Event::Stop | Event::GroupStop | Event::Signal | Event::Trap | Event::Step | Event::Other => {
                if !self.released.remove(&tid) {
                    self.stops(tid);
                }
            }
            Event::Birth { child, thread, process, .. } => {
                self.stops(tid);
                let parent = self.tree.process_of(tid);
                let born = self.tree.born(tid, *child, *thread);
                self.is_logged(born.as_ref().map(|born| born.process), *process);
                let Some(born) = born else { return };
                self.released.extend(born.parked.map(|()| *child));
                if !thread {
                    self.begins(born.process, *child, parent);
                    born.end.into_iter().for_each(|end| self.ends(born.process, end));
                }
            }
            Event::Exec { former } => {
                self.stops(tid);
                let id = self.tree.executed(tid, *former).unwrap();
                self.adopts_orphans(tid, id);
            }
            Event::Adopt { process, parent } => self.is_adopted(tid, *process, *parent),
            Event::Exit { status, process } => self.task_ends(tid, End::Exited(*status), *process),
            Event::Death { signal, process } => self.task_ends(tid, End::Signaled(*signal), *process),
            Event::Else => {}
        }
    }

    fn stops(&mut self, tid: Tid) {
        let seen = self.tree.stopped(tid, (), |_| panic!("{tid} is not known, and was not parked"));
        assert!(matches!(seen, TreeStop::First(..) | TreeStop::Known(..)), "{tid}: {seen:?}");
    }

    fn task_ends(&mut self, tid: Tid, end: End, logged: Option<u64>) {
        let id = self.tree.ended(tid, end);
        self.is_logged(id, logged);
        if let Some(id) = id {
            self.adopts_orphans(tid, id);
            self.ends(id, end);
        }
    }

    fn adopts_orphans(&mut self, pid: Tid, parent: ProcessId) {
        for orphan in self.tree.orphans_of(pid) {
            self.adopts(orphan, Some(parent));
        }
    }

    fn adopts(&mut self, tid: Tid, parent: Option<ProcessId>) {
        let (id, ()) = self.tree.adopt(tid).unwrap();
        self.begins(id, tid, parent);
        self.released.insert(tid);
        self.adopted.push((id, parent));
    }

    /// The log has an adoption: one that the tree has asked for, or one that the parent's image was the
    /// reason for, which the tree does not know.
    fn is_adopted(&mut self, tid: Tid, process: u64, parent: Option<u64>) {
        let parent = parent.map(ProcessId);
        if self.adopted.is_empty() {
            self.adopts(tid, parent);
        }
        let adopted = self.adopted.remove(0);
        assert!(!self.exact || adopted == (ProcessId(process), parent), "{adopted:?} instead of {process}");
    }

    fn begins(&mut self, id: ProcessId, pid: Tid, parent: Option<ProcessId>) {
        assert_eq!(id.0, self.found.len() as u64);
        let parent = parent.map(|parent| self.found[parent.0 as usize].pid);
        self.found.push(LoggedProcess { pid, parent, end: None });
    }

    fn ends(&mut self, id: ProcessId, end: End) {
        let found = &mut self.found[id.0 as usize];
        assert_eq!(found.end, None, "{found:?} ends twice");
        found.end = Some(match end {
            End::Exited(status) => format!("exit {status}"),
            End::Signaled(signal) => format!("signal {signal}"),
        });
        if self.tree.may_die_in_fork(id, end) {
            self.last_exited = Some(id);
        }
        self.tree.had_threads(id);
    }

    fn is_logged(&self, id: Option<ProcessId>, logged: Option<u64>) {
        assert!(!self.exact || id.map(|id| id.0) == logged, "{id:?} instead of {logged:?}");
    }
}

#[test]
fn a_replayed_log_gives_the_processes_of_the_run() {
    for log in logs() {
        let found = Replay::of(&read(&log), true);
        let text = found.iter().fold(String::new(), |mut text, LoggedProcess { pid, parent, end }| {
            let parent = parent.map_or("forkcov".to_owned(), |parent| parent.to_string());
            let end = end.as_deref().unwrap_or("no end");
            writeln!(text, "{pid} of {parent}: {end}").unwrap();
            text
        });
        let expected = fs::read_to_string(log.with_extension("txt")).unwrap_or_default();
        assert_eq!(text, expected, "{}", log.display());
    }
}

#[test]
fn any_order_that_the_kernel_allows_gives_the_same_processes() {
    for log in logs() {
        let lines = read(&log);
        let sorted = |lines: &[Line]| {
            let mut found = Replay::of(lines, false);
            found.sort();
            found
        };
        let expected = sorted(&lines);
        let mut moved = 0;
        for seed in 0..100 {
            let other = reordered(&lines, &mut fastrand::Rng::with_seed(seed));
            moved += other.iter().filter(|line| matches!(line.event, Event::Parked { .. })).count();
            assert_eq!(sorted(&other), expected, "{}, seed {seed}", log.display());
        }
        assert!(moved > 100, "{}: hardly anything was moved", log.display());
    }
}
