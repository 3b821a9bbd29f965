//! Taking charge of a process that runs already, and of its descendants.
//!
//! Threads and children are born meanwhile. Those of a task that is seized already are told of by the kernel; those of
//! one that is not, or is seized in the middle of a fork, are found by looking again, until all that are known have
//! stopped and nothing new is found. Only then come the breakpoints: a task that is not traced would die of one.

use super::entry::{Entry, Number};
use super::process::{Birth, Recorder};
use super::sigtrap::Signals;
use super::spaces::SpaceId;
use super::tree::ProcessId;
use super::{EventLog, Tracer};
use crate::ptrace::{self, Bell, Event, Result, Status, Stop, Tid, Wait};
use nix::errno::Errno;
use std::thread;
use std::time::Duration;

/// How long tasks get to stop, or to finish a fork, before they are looked at again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

impl<R: Recorder> Tracer<R> {
    /// Takes charge of `pid` and its descendants, which run. When `bell` ends they are released.
    ///
    /// # Errors
    /// When the kernel does not let forkcov trace `pid`. Of a descendant for which that is true, the recorder is told.
    pub fn attach(pid: Tid, bell: &Bell, recorder: R, log: EventLog) -> Result<Self> {
        let mut tracer = Self::new(pid, recorder, log);
        tracer.bell = Some(bell.0);
        tracer.has_others = true;
        let mut processes = Vec::new();
        loop {
            let are_stopped = tracer.interrupted.iter().all(|tid| tracer.is_stopped(*tid));
            let found = tracer.seize_family(pid, &mut processes)?;
            while let Ok(Some(wait)) = ptrace::next_of_now() {
                tracer.early.push_back(wait);
            }
            if are_stopped && !found {
                break;
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        if tracer.tree.is_empty() {
            return Err(ptrace::no_such_process());
        }
        for (process, tid) in processes {
            let planted = tracer.plant_stopped(process, tid);
            tracer.report(tid, planted);
        }
        Ok(tracer)
    }

    /// How many processes are traced now.
    pub fn living(&self) -> usize {
        self.processes.len()
    }

    /// Seizes every task that is not seized yet. True if there was one. The first task of each process goes into
    /// `processes`.
    fn seize_family(&mut self, root: Tid, processes: &mut Vec<(ProcessId, Tid)>) -> Result<bool> {
        let mut found = false;
        for (pid, parent) in family(root) {
            for tid in ptrace::threads(pid) {
                if self.tree.process_of(tid).is_some() {
                    continue;
                }
                match ptrace::seize(tid).and_then(|()| ptrace::interrupt(tid)) {
                    Ok(()) => {
                        found = true;
                        processes.extend(self.seized(tid, pid, parent));
                    }
                    Err(_) if is_ended_or_ours(tid) => {}
                    Err(error) if tid == root => return Err(error),
                    Err(error) => self.report(tid, Err(error)),
                }
            }
        }
        Ok(found)
    }

    /// Takes a task into the tree; gives its process if that is new.
    fn seized(&mut self, tid: Tid, pid: Tid, parent: Tid) -> Option<(ProcessId, Tid)> {
        self.interrupted.insert(tid);
        let parent = self.tree.process_of(parent);
        let (process, is_new) = self.tree.attach(tid, pid);
        self.log.write(Some(tid), Some(pid), || Entry::Attach {
            process: process.into(),
            parent: parent.map(Number::from),
        });
        if !is_new {
            return None;
        }
        let space = match self.space_of_relative(pid) {
            Some(space) => self.spaces.share(space),
            None => self.spaces.create(),
        };
        self.begin(process, pid, parent, Birth::Attach, space, Signals::default());
        Some((process, tid))
    }

    /// Has a task that was asked to stop done so, or ended? One whose child of vfork runs cannot, and does nothing.
    fn is_stopped(&self, tid: Tid) -> bool {
        if self.early.iter().any(|wait| wait.tid() == tid) {
            return true;
        }
        let waits = Status::of(tid).field("State").is_none_or(|state| state.starts_with('D'));
        let space =
            self.tree.process_of(tid).and_then(|id| self.processes.get(&id)).map(|process| process.space);
        waits && space.is_some_and(|space| self.spaces.is_shared(space))
    }

    /// Plants in a process all of whose tasks have stopped.
    fn plant_stopped(&mut self, id: ProcessId, tid: Tid) -> Result<()> {
        let has_executed =
            |wait: &Wait| matches!(wait, Wait::Stopped(task, Stop::Event(Event::Exec)) if task.tid() == tid);
        if self.early.iter().any(has_executed) {
            // Its new image gets its breakpoints when that is handled.
            return Ok(());
        }
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        let space = process.space;
        process.signals = Signals::default().at_exec(&Status::of(process.pid));
        let (mappings, loader) = self.recorder.image(&mut process.record, process.pid);
        if !self.spaces.is_empty(space) {
            // A relative has been here.
            return Ok(());
        }
        self.spaces.load(space, tid, Vec::new(), loader)?;
        self.changes_mappings(space, tid, |spaces| spaces.settle(space, tid, mappings))?;
        // It may be inside dlclose(3).
        self.spaces.has_changed(space, tid).map(drop)
    }

    /// The address space that `pid` shares with a process that is seized already.
    fn space_of_relative(&self, pid: Tid) -> Option<SpaceId> {
        let mut others = self.processes.values();
        others.find(|other| ptrace::share_memory(other.pid, pid) == Some(true)).map(|other| other.space)
    }
}

/// A process and its descendants that live now, each with its parent, which comes before it. Not forkcov itself, and
/// not its children.
fn family(root: Tid) -> Vec<(Tid, Tid)> {
    let forkcov = std::process::id().cast_signed();
    let all: Vec<(Tid, Tid)> =
        ptrace::processes().into_iter().map(|pid| (pid, Status::of(pid).id("PPid"))).collect();
    let mut family: Vec<(Tid, Tid)> = all.iter().copied().filter(|(pid, _)| *pid == root).collect();
    let mut next = 0;
    while let Some(&(parent, _)) = family.get(next) {
        family.extend(all.iter().filter(|(pid, of)| *of == parent && *pid != forkcov));
        next += 1;
    }
    family
}

/// Has a task ended, or been born of one that is seized, so that the kernel will tell of it?
fn is_ended_or_ours(tid: Tid) -> bool {
    let status = Status::of(tid);
    status.field("State").is_none_or(|state| state.starts_with(['Z', 'X']))
        || status.id("TracerPid") == std::process::id().cast_signed()
}

/// Why a process cannot be attached to, if that is plain from what it is.
pub fn why_not(pid: Tid) -> Option<String> {
    let status = Status::of(pid);
    let state = status.field("State").unwrap_or_default();
    if pid == std::process::id().cast_signed() {
        return Some("it is this forkcov itself".to_owned());
    }
    if status.id("Tgid") == 0 {
        return Some(Errno::ESRCH.desc().to_lowercase());
    }
    if status.id("Tgid") != pid {
        return Some(format!("it is a thread of process {}", status.id("Tgid")));
    }
    if state.starts_with(['Z', 'X']) {
        return Some("it has ended, and waits to be reaped by its parent".to_owned());
    }
    // Of no program: /proc/PID/exe leads nowhere (proc(5)).
    let exe = std::fs::read_link(format!("/proc/{pid}/exe"));
    let is_kernel = exe.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    is_kernel.then(|| "it is a thread of the kernel".to_owned())
}
