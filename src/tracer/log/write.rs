//! What the tracer tells its event log. Without a log nothing is asked of anyone.

use crate::machine::breakpoint_at;
use crate::ptrace::{CloneFlags, Error, Event, Result, SigInfo, Stop, Stopped, Tid};
use crate::tracer::Tracer;
use crate::tracer::log::entry::{Entry, Hex, Origin, Signal};
use crate::tracer::parents::tree::{End, Parentage, ProcessId};
use crate::tracer::process::{Birth, Recorder};
use crate::tracer::sites::Mapping;
use crate::tracer::spaces::space::Breakpoint;
use crate::tracer::spaces::{SpaceId, Spaces};
use std::fs;

impl<R: Recorder> Tracer<R> {
    /// A task has stopped of which its parent has not told yet.
    pub(in crate::tracer) fn log_parked(&self, tid: Tid) {
        if let Some(parentage) = self.tree.parentage_of_parked(tid) {
            let pid = match parentage {
                Parentage::ChildOf(_) => tid,
                Parentage::ThreadOf(pid) => pid,
            };
            self.log.write(Some(tid), Some(pid), || Entry::Parked(parentage.into()));
        }
    }

    /// A task has been stopped at the entry of a handler.
    pub(in crate::tracer) fn log_handler_entry(&self, task: &Stopped) {
        self.log.write(Some(task.tid()), self.tree.pid_of(task.tid()), || Entry::Handler);
    }

    /// A stop that is about to be handled. Births and execs are told of when they have been looked into.
    pub(in crate::tracer) fn log_stop(&self, id: ProcessId, task: &Stopped, stop: Stop, stepped: bool) {
        if !self.log.is_on() {
            return;
        }
        let entry = match stop {
            _ if stepped => Entry::Step,
            Stop::Group(signal) => Entry::GroupStop(Signal::new(signal)),
            Stop::Signal(signal) => self.signal(id, task, signal),
            Stop::Event(Event::Trap) => Entry::Stop,
            Stop::Event(Event::Other(event)) => Entry::Other { event },
            Stop::Event(Event::Fork | Event::Vfork | Event::Clone | Event::Exec | Event::Exit) => return,
        };
        self.log.write(Some(task.tid()), self.tree.pid_of(task.tid()), || entry);
    }

    fn signal<'a>(&self, id: ProcessId, task: &Stopped, signal: i32) -> Entry<'a> {
        let info = task.signal_info().ok();
        if signal == libc::SIGTRAP
            && info.is_some_and(|info| info.is_breakpoint())
            && let Some(trap) = self.breakpoint(id, task)
        {
            return trap;
        }
        let origin = |info: SigInfo| Origin { code: info.code(), sender: info.sender() };
        Entry::Signal { signal: Signal::new(signal), origin: info.map(origin) }
    }

    /// The breakpoint of forkcov's that it has run.
    fn breakpoint<'a>(&self, id: ProcessId, task: &Stopped) -> Option<Entry<'a>> {
        let address = breakpoint_at(task.program_counter().ok()?);
        let (object, site) = match self.spaces.find(self.processes.get(&id)?.space, address)? {
            Breakpoint::Site(at, site) => (Some(at.object.0), Some(Hex(site.address.0))),
            Breakpoint::Hot(at, _) => (Some(at.object.0), None),
            Breakpoint::DynamicLinker => (None, None),
            Breakpoint::Probe(at, _) => return Some(Entry::Probe { address: Hex(address), at: at.name() }),
            Breakpoint::Hook(call, _) => {
                return Some(Entry::SignalCall { address: Hex(address), syscall: call.number });
            }
        };
        Some(Entry::Trap { address: Hex(address), object, site })
    }

    /// `parent` has made `child`, which is of this process if it was not known before.
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
            by: match birth {
                Birth::Launch => "launch",
                Birth::Fork => "fork",
                Birth::Vfork => "vfork",
                Birth::Clone => "clone",
                Birth::Attach => "attach",
            },
            flags: Hex(flags.bits),
            thread: flags.thread,
            shares_memory: flags.shares_memory,
            process: process.map(Into::into),
        });
    }

    /// `pid` runs a new program, by a call of the thread `former`.
    pub(in crate::tracer) fn log_exec(&self, pid: Tid, former: Tid) {
        self.log.write(Some(pid), Some(pid), || Entry::Exec {
            former,
            executable: fs::read_link(format!("/proc/{pid}/exe")).ok(),
        });
    }

    /// Tells what `change` has mapped into a space, and what it has taken away.
    pub(in crate::tracer) fn log_mapping_changes(
        &mut self,
        space: SpaceId,
        tid: Tid,
        change: impl FnOnce(&mut Spaces) -> Result<()>,
    ) -> Result<()> {
        if !self.log.is_on() {
            return change(&mut self.spaces);
        }
        let before = self.spaces.mappings(space);
        let changed = change(&mut self.spaces);
        let after = self.spaces.mappings(space);
        let has = |mappings: &[Mapping], Mapping { object, bias, .. }: &Mapping| {
            mappings.iter().any(|other| other.object == *object && other.bias == *bias)
        };
        let pid = self.tree.pid_of(tid);
        for mapping in before.iter().filter(|mapping| !has(&after, mapping)) {
            self.log.write(Some(tid), pid, || Entry::Unmap {
                object: mapping.object.0,
                path: self.recorder.path(mapping.object),
                bias: Hex(mapping.bias),
            });
        }
        for mapping in after.iter().filter(|mapping| !has(&before, mapping)) {
            self.log.write(Some(tid), pid, || Entry::Map {
                object: mapping.object.0,
                path: self.recorder.path(mapping.object),
                bias: Hex(mapping.bias),
                sites: mapping.sites.len(),
            });
        }
        changed
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

    /// A call on a task failed.
    pub(in crate::tracer) fn log_failure(&self, tid: Tid, error: &Error) {
        self.log.write(Some(tid), self.tree.pid_of(tid), || match error {
            Error::Gone => Entry::Gone,
            failed @ Error::Failed { .. } => Entry::Trouble { error: failed.to_string() },
        });
    }
}
