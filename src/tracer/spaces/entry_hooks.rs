//! What an address space has of a recorder's probe: code that the recorder has put there, and the functions of the
//! program after which a function of the probe's is called.
//!
//! A watched function is seen at its entry, and made to return to the probe instead of its caller. So nothing stands at
//! the caller, and it does not matter how many threads are in the function.

use crate::machine::{self, Patch};
use crate::ptrace::{Error, Memory, Result};
use std::collections::BTreeMap;

/// A function of the program's that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryHook {
    /// Its entry.
    pub address: u64,
    /// The code that the breakpoint replaces.
    pub original: Patch,
}

/// Code of a recorder's in an address space. Its breakpoints are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The function to be called when a watched one has returned. It takes nothing.
    pub start: u64,
    /// The breakpoint that it returns to.
    pub done: u64,
    /// The breakpoint that watched functions return to.
    pub returned: u64,
    /// The breakpoint by which it asks the recorder, followed by a return to the caller. The arguments of the function
    /// that it stands in are the question.
    pub asked: u64,
    /// Its state of the process that it is in ([`crate::tracer::probe_layout::process`]).
    pub process: u64,
    /// The function to be called in a child, where the 4 bytes at `forking` are 0: nobody has told the child's copy.
    pub forked: u64,
    /// See [`Probe::forked`].
    pub forking: u64,
    /// The words that the tracer writes when a thread is born ([`crate::tracer::probe_layout::thread_writes`]).
    pub threads: u64,
}

/// What a task has run into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeBreakpoint {
    /// The entry of a watched function.
    Entry(EntryHook),
    /// A watched function has returned.
    Returned,
    /// The probe's function has returned.
    Done,
    /// A question.
    Asked,
}

impl ProbeBreakpoint {
    /// For the event log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entry(_) => "entry",
            Self::Returned => "returned",
            Self::Done => "done",
            Self::Asked => "asked",
        }
    }
}

/// The entry_hooks of one address space, and the probe in it.
#[derive(Debug, Clone, Default)]
pub(in crate::tracer) struct EntryHooks {
    all: Vec<EntryHook>,
    probe: Option<Probe>,
    /// Is it to be seen first whether the probe is there at all?
    is_unverified: bool,
    /// Callers of watched functions, by what the stack pointer will be when they are returned to.
    callers: BTreeMap<u64, u64>,
}

impl EntryHooks {
    /// Is there nothing?
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.probe.is_none()
    }

    /// What is to be watched now: plants it.
    ///
    /// # Errors
    /// [`crate::ptrace::Error::Gone`] when the process has died.
    pub fn reconcile(&mut self, memory: &Memory, all: Vec<EntryHook>) -> Result<()> {
        self.all = all;
        self.all.iter().try_for_each(|watch| insert(memory, watch))
    }

    /// Plants one again, if it is still watched.
    ///
    /// # Errors
    /// As [`EntryHooks::reconcile`].
    pub fn insert(&self, memory: &Memory, watch: EntryHook) -> Result<()> {
        if self.all.contains(&watch) { insert(memory, &watch) } else { Ok(()) }
    }

    /// What is at `address`.
    pub fn find(&self, address: u64) -> Option<ProbeBreakpoint> {
        if let Some(watch) = self.all.iter().find(|watch| watch.address == address) {
            return Some(ProbeBreakpoint::Entry(*watch));
        }
        let probe = self.probe?;
        let traps = [
            (probe.asked, ProbeBreakpoint::Asked),
            (probe.returned, ProbeBreakpoint::Returned),
            (probe.done, ProbeBreakpoint::Done),
        ];
        traps.into_iter().find(|(place, _)| *place == address).map(|(_, trap)| trap)
    }

    /// The probe.
    pub fn probe(&self) -> Option<Probe> {
        self.probe
    }

    /// It may be another process's, and so the probe may not be there.
    pub fn doubt(&mut self) {
        self.is_unverified = true;
    }

    /// The probe, if that is there.
    ///
    /// # Errors
    /// As [`EntryHooks::reconcile`].
    pub fn verified_probe(&mut self, memory: &Memory) -> Result<Option<Probe>> {
        if let Some(probe) = self.probe.filter(|_| self.is_unverified) {
            for place in [probe.asked, probe.done, probe.returned] {
                match memory.read_patch(place) {
                    Err(Error::Gone) => return Err(Error::Gone),
                    Ok(Patch::BREAKPOINT) => {}
                    _ => self.probe = None,
                }
            }
        }
        self.is_unverified = false;
        Ok(self.probe)
    }

    /// A probe has been put there.
    pub fn set_probe(&mut self, probe: Probe) {
        self.probe = Some(probe);
    }

    /// A watched function will return to the probe, and not to `caller`, where the stack pointer would be `stack`.
    pub fn expect(&mut self, stack: u64, caller: u64) {
        self.callers.insert(stack, caller);
    }

    /// The caller to go on at: a watched function has returned.
    pub fn caller(&mut self, stack: u64) -> Option<u64> {
        self.callers.remove(&stack)
    }

    /// Takes all breakpoints out that a task could still run into, and lets watched functions return to their callers.
    ///
    /// # Errors
    /// As [`EntryHooks::reconcile`].
    pub fn restore(&mut self, memory: &Memory) -> Result<()> {
        for watch in &self.all {
            memory.write_patch(watch.address, watch.original)?;
        }
        if let Some(probe) = self.probe {
            memory.write_patch(probe.asked, Patch::NO_OPERATION)?;
        }
        for (stack, caller) in std::mem::take(&mut self.callers) {
            memory.write(machine::return_address_before(stack), &caller.to_ne_bytes())?;
        }
        Ok(())
    }
}

fn insert(memory: &Memory, watch: &EntryHook) -> Result<()> {
    if memory.read_patch(watch.address)? == watch.original {
        memory.write_patch(watch.address, Patch::BREAKPOINT)
    } else {
        Ok(())
    }
}
