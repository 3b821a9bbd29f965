//! Taking charge of a process that runs already, and of its descendants.
//!
//! Threads and children are born meanwhile. Those of a task that is seized already are told of by the kernel; those of
//! one that is not are found by looking again, until nothing new is found. Every task is asked to stop as soon as it is
//! seized, and none is resumed before all have their breakpoints.

use super::entry::{Entry, Number};
use super::process::{Birth, Recorder};
use super::sigtrap::Sigtrap;
use super::spaces::SpaceId;
use super::tree::ProcessId;
use super::{EventLog, Tracer};
use crate::ptrace::{self, Bell, Error, Result, Status, Tid};
use nix::errno::Errno;

impl<R: Recorder> Tracer<R> {
    /// Takes charge of `pid` and its descendants, which run. When `bell` ends they are released.
    ///
    /// # Errors
    /// When the kernel does not let forkcov trace `pid`. Of a descendant for which that is true, the recorder is told.
    pub fn attach(pid: Tid, bell: &Bell, recorder: R, log: EventLog) -> Result<Self> {
        let mut tracer = Self::new(pid, recorder, log);
        tracer.bell = Some(bell.0);
        tracer.has_others = true;
        while tracer.seize_family(pid)? {}
        if tracer.tree.is_empty() {
            return Err(ptrace::no_such_process());
        }
        Ok(tracer)
    }

    /// How many processes are traced now.
    pub fn living(&self) -> usize {
        self.processes.len()
    }

    /// Seizes every task that is not seized yet. True if there was one.
    fn seize_family(&mut self, root: Tid) -> Result<bool> {
        let mut found = false;
        for (pid, parent) in family(root) {
            for tid in ptrace::threads(pid) {
                if self.tree.process_of(tid).is_some() {
                    continue;
                }
                match ptrace::seize(tid).and_then(|()| ptrace::interrupt(tid)) {
                    Ok(()) => {
                        found = true;
                        self.seized(tid, pid, parent);
                    }
                    // It was born of a task that was seized: the kernel will tell.
                    Err(Error::Failed { .. })
                        if Status::of(tid).id("TracerPid") == std::process::id().cast_signed() => {}
                    Err(Error::Gone) => {}
                    Err(error) if tid == root => return Err(error),
                    Err(error) => self.report(tid, Err(error)),
                }
            }
        }
        Ok(found)
    }

    fn seized(&mut self, tid: Tid, pid: Tid, parent: Tid) {
        self.interrupted.insert(tid);
        let parent = self.tree.process_of(parent);
        let (process, is_new) = self.tree.attach(tid, pid);
        self.log.write(Some(tid), Some(pid), || Entry::Attach {
            process: process.into(),
            parent: parent.map(Number::from),
        });
        if is_new {
            let space = self.space_of_relative(pid);
            let (space, is_new) = match space {
                Some(space) => (self.spaces.share(space), false),
                None => (self.spaces.create(), true),
            };
            self.begin(process, pid, parent, Birth::Attach, space);
            let planted = self.plant_running(process, tid, pid, is_new);
            self.report(tid, planted);
        }
    }

    /// Plants in a process that has been seized. Its other threads may still run: a breakpoint is one byte, which a
    /// processor sees as a whole, before or after.
    fn plant_running(&mut self, id: ProcessId, tid: Tid, pid: Tid, is_new: bool) -> Result<()> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        let space = process.space;
        process.sigtrap = Sigtrap::at_exec(pid);
        let (mappings, loader) = self.recorder.image(&mut process.record, pid);
        if !is_new {
            return Ok(());
        }
        self.spaces.load(space, tid, Vec::new(), loader)?;
        // It may be inside dlclose(3).
        self.spaces.has_changed(space, tid)?;
        let unsettled = self.spaces.is_unsettled(space);
        self.changes_mappings(space, tid, |spaces| spaces.settle(space, tid, mappings))?;
        if unsettled {
            self.spaces.has_changed(space, tid)?;
        }
        Ok(())
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
