//! What the tracer writes to its event log. Without a log nothing is looked up for it.

use super::EventLog;
use super::entry::{Entry, Hex, LoggedPath, Origin, Signal};
use crate::machine::breakpoint_at;
use crate::ptrace::{CloneFlags, Event, Result, SigInfo, Stop, Stopped, Tid};
use crate::tracer::Tracer;
use crate::tracer::parents::birth::Birth;
use crate::tracer::parents::tree::{End, Parentage, ProcessId};
use crate::tracer::recorder::Recorder;
use crate::tracer::sites::Mapping;
use crate::tracer::spaces::SpaceId;
use crate::tracer::spaces::space::Breakpoint;
use crate::tracer::stop::StopContext;
use std::fs;

impl<R: Recorder> Tracer<R> {
    /// A task has stopped that its parent has not reported yet.
    pub(in crate::tracer) fn log_parked(&self, tid: Tid) {
        if let Some(parentage) = self.tree.parentage_of_parked(tid) {
            let pid = match parentage {
                Parentage::ChildOf(_) => tid,
                Parentage::ThreadOf(pid) => pid,
            };
            self.log.write(Some(tid), Some(pid), || Entry::Parked(parentage.into()));
        }
    }

    /// A stop of the root before its exec.
    pub(in crate::tracer) fn log_stop_before_exec(&self, task: &Stopped, stop: Stop) {
        if self.log.is_on()
            && let Some(entry) = entry_for(task, stop)
        {
            self.log.write(Some(task.tid()), self.tree.pid_of(task.tid()), || entry);
        }
    }

    /// `parent` has made `child`; `process` is that of the child, if it was not known before.
    pub(in crate::tracer) fn log_birth(
        &self,
        parent: Tid,
        child: Tid,
        birth: Birth,
        flags: CloneFlags,
        process: Option<ProcessId>,
    ) {
        self.log.write(Some(parent), self.tree.pid_of(parent), || Entry::Birth {
            child,
            by: birth.name(),
            flags: Hex(flags.bits),
            thread: flags.thread,
            shares_memory: flags.shares_memory,
            process: process.map(Into::into),
        });
    }

    /// Breakpoints have been inserted in a process that was running already.
    pub(in crate::tracer) fn log_first_mappings(&self, space: SpaceId, tid: Tid) {
        if self.log.is_on() {
            let mappings = self.spaces.get(space).mappings();
            log_mapping_changes(&self.log, &self.recorder, tid, self.tree.pid_of(tid), &[], &mappings);
        }
    }

    /// `pid` runs a new program, by a call of the thread `former`.
    pub(in crate::tracer) fn log_exec(&self, pid: Tid, former: Tid) {
        self.log.write(Some(pid), Some(pid), || Entry::Exec {
            former,
            executable: fs::read_link(format!("/proc/{pid}/exe")).ok().map(LoggedPath),
        });
    }

    /// A task has ended, and `process` with it.
    pub(in crate::tracer) fn log_end(
        &self,
        tid: Tid,
        pid: Option<Tid>,
        end: End,
        process: Option<ProcessId>,
    ) {
        let process = process.map(Into::into);
        self.log.write(Some(tid), pid, || match end {
            End::Exited(status) => Entry::Exit { status, process },
            End::Signaled(signal) => Entry::Death { signal: Signal::new(signal), process },
        });
    }
}

impl<R: Recorder> StopContext<'_, R> {
    /// A stop, before it is handled.
    pub fn log_stop(&self, stop: Stop, has_stepped: bool) {
        if !self.log.is_on() {
            return;
        }
        let entry = match stop {
            _ if has_stepped => Some(Entry::Step),
            Stop::Signal(libc::SIGTRAP) => self.entry_for_breakpoint().or_else(|| entry_for(self.task, stop)),
            _ => entry_for(self.task, stop),
        };
        if let Some(entry) = entry {
            self.write(|| entry);
        }
    }

    /// The task is at the entry of a signal handler.
    pub fn log_handler_entry(&self) {
        self.write(|| Entry::Handler);
    }

    /// Logs what `change` has mapped into the process, and what it has unmapped.
    pub fn log_mapping_changes(&mut self, change: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if !self.log.is_on() {
            return change(self);
        }
        let before = self.spaces.get(self.process.space).mappings();
        let changed = change(self);
        let after = self.spaces.get(self.process.space).mappings();
        let pid = self.tree.pid_of(self.tid());
        log_mapping_changes(self.log, self.recorder, self.tid(), pid, &before, &after);
        changed
    }

    fn write<'a>(&'a self, entry: impl FnOnce() -> Entry<'a>) {
        if self.log.is_on() {
            self.log.write(Some(self.tid()), self.tree.pid_of(self.tid()), entry);
        }
    }

    /// The breakpoint of forkcov's that the task has executed.
    fn entry_for_breakpoint<'a>(&self) -> Option<Entry<'a>> {
        if !self.task.signal_info().is_ok_and(|info| info.is_breakpoint()) {
            return None;
        }
        let address = breakpoint_at(self.task.program_counter().ok()?);
        let (object, site) = match self.spaces.get(self.process.space).find(address)? {
            Breakpoint::Site(at, site) => (Some(at.object.0), Some(Hex(site.address.0))),
            Breakpoint::Saturated(at, _) => (Some(at.object.0), None),
            Breakpoint::Linker | Breakpoint::RemovedJump(_) => (None, None),
            Breakpoint::Probe(breakpoint, _) => {
                return Some(Entry::Probe { address: Hex(address), at: breakpoint.name() });
            }
            Breakpoint::SignalCall(call, _) => {
                return Some(Entry::SignalCall { address: Hex(address), syscall: call.number });
            }
        };
        Some(Entry::Trap { address: Hex(address), object, site })
    }
}

fn log_mapping_changes<R: Recorder>(
    log: &EventLog,
    recorder: &R,
    tid: Tid,
    pid: Option<Tid>,
    before: &[Mapping],
    after: &[Mapping],
) {
    let has = |mappings: &[Mapping], Mapping { object, bias, .. }: &Mapping| {
        mappings.iter().any(|other| other.object == *object && other.bias == *bias)
    };
    for mapping in before.iter().filter(|mapping| !has(after, mapping)) {
        log.write(Some(tid), pid, || Entry::Unmap {
            object: mapping.object.0,
            path: LoggedPath(recorder.path(mapping.object)),
            bias: Hex(mapping.bias),
        });
    }
    for mapping in after.iter().filter(|mapping| !has(before, mapping)) {
        log.write(Some(tid), pid, || Entry::Map {
            object: mapping.object.0,
            path: LoggedPath(recorder.path(mapping.object)),
            bias: Hex(mapping.bias),
            sites: mapping.sites.len(),
        });
    }
}

/// A stop that is logged as it is. Births and execs are logged when they have been looked into.
fn entry_for<'a>(task: &Stopped, stop: Stop) -> Option<Entry<'a>> {
    Some(match stop {
        Stop::Group(signal) => Entry::GroupStop(Signal::new(signal)),
        Stop::Signal(signal) => {
            let origin = |info: SigInfo| Origin { code: info.code(), sender: info.sender() };
            let info = task.signal_info().ok();
            Entry::Signal { signal: Signal::new(signal), origin: info.map(origin) }
        }
        Stop::Event(Event::Trap) => Entry::Stop,
        Stop::Event(Event::VforkDone) => Entry::VforkDone,
        Stop::Event(Event::Other(event)) => Entry::Other { event },
        Stop::Event(Event::Fork | Event::Vfork | Event::Clone | Event::Exec | Event::Exit) => return None,
    })
}
