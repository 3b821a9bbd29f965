//! What the tracer reports, and to whom: the traits that a recorder implements.
//!
//! Every method is called while the process in question is stopped, so that nothing is recorded too late. A
//! recorder that only collects hits implements [`Lifecycle`] and [`Hits`], and leaves the other traits empty.

use super::parents::birth::Birth;
use super::parents::tree::{End, ProcessId};
use super::sites::{Mapping, ObjectId, SiteRef};
use super::spaces::KeptCode;
use super::spaces::entry_hooks::Probe;
use super::spaces::linker::DynamicLinker;
use super::spaces::space::MappedObjects;
use crate::machine::SignalCall;
use crate::ptrace::{Error, FileMapper, Memory, Stopped, Tid};
use std::path::Path;

/// The beginning and end of processes, and what is mapped into them.
pub trait Lifecycle {
    /// What the recorder keeps of each process.
    type Record;

    /// A process has begun. It copies or shares the memory of `parent`, with the breakpoints in it.
    fn begin(
        &mut self,
        id: ProcessId,
        pid: Tid,
        birth: Birth,
        parent: Option<(ProcessId, &Self::Record)>,
    ) -> Self::Record;

    /// It is not certain that a process which has begun copies its parent's memory: something else may be
    /// mapped where that has counters and logs.
    fn distrust(&mut self, record: &mut Self::Record) {
        let _ = record;
    }

    /// A process runs a new program; the breakpoints of the one before are gone. Returns what is mapped, as
    /// [`mapped`] does, and the dynamic linker that will map more.
    ///
    /// [`mapped`]: Lifecycle::mapped
    fn image(&mut self, record: &mut Self::Record, pid: Tid) -> (MappedObjects, Option<DynamicLinker>);

    /// What is mapped into a process now. `before` are the objects that were: if the region of one is still
    /// there, it is the same. If the process is running, the answer may be out of date; it is then asked for
    /// again.
    fn mapped(&mut self, pid: Tid, before: &[Mapping]) -> MappedObjects;

    /// The path of an object, for the event log.
    fn path(&self, object: ObjectId) -> &Path {
        let _ = object;
        Path::new("")
    }

    /// Where a process can make the system calls that change its signal mask and the actions of its signals,
    /// in all that it has mapped. Called right after [`Self::image`] or [`Self::mapped`].
    fn signal_calls(&mut self, pid: Tid) -> Vec<SignalCall> {
        let _ = pid;
        Vec::new()
    }

    /// A process was stopped by a signal, as it would have been without a tracer.
    fn stopped(&mut self, record: &Self::Record, signal: i32) {
        let _ = (record, signal);
    }

    /// A stopped process continues.
    fn continued(&mut self, record: &Self::Record) {
        let _ = record;
    }

    /// A process has ended.
    fn end(&mut self, record: &mut Self::Record, end: End);

    /// A process continues without forkcov; its end will not be seen.
    fn release(&mut self, record: &mut Self::Record) {
        let _ = record;
    }

    /// A process that was already running cannot be traced, for this reason.
    fn refused(&mut self, pid: Tid, why: &str) {
        let _ = (pid, why);
    }

    /// A process asks the kernel to trace a process of the run, or to be traced, and is refused: forkcov
    /// traces them already.
    fn refused_tracer(&mut self, pid: Tid) {
        let _ = pid;
    }

    /// A process has run a copy of an object's code, which has got the original bytes back.
    fn ran_copy(&mut self, object: ObjectId) {
        let _ = object;
    }

    /// A call on a living process failed.
    fn trouble(&mut self, error: &Error) {
        let _ = error;
    }
}

/// Contexts that begin and end while a process runs, as the tests in it. By default there are none.
pub trait Contexts: Lifecycle {
    /// A task is at the entry of the function with this number, with these arguments
    /// ([`HookPurpose::Context`](super::HookPurpose::Context)). If a context begins or ends there, all that
    /// was hit and counted so far belongs to the one before, and the counters are cleared: with `is_alone`,
    /// no other task changes them meanwhile. Gives a number that no other context of the run has.
    fn change_context(
        &mut self,
        record: &mut Self::Record,
        number: usize,
        call: [u64; 3],
        memory: &Memory,
        is_alone: bool,
    ) -> Option<u32> {
        let _ = (record, number, call, memory, is_alone);
        None
    }
}

/// The sites that a process has reached.
pub trait Hits: Lifecycle {
    /// A process has reached a site, or taken an edge, which is a block of its own. Called at least once for
    /// each of them, and perhaps more often.
    fn hit(&self, record: &mut Self::Record, at: SiteRef);

    /// Has a process reached this site, and taken all edges of the jump there, or counted that it has?
    fn has_hit(&self, record: &Self::Record, at: SiteRef) -> bool;
}

/// Counters in the memory of a process, which its trampolines increment. By default there are none, and no
/// trampolines are installed.
pub trait SelfCounting: Lifecycle {
    /// Makes the counters for an object in a process, as many as its sites need, and gives the offset of the
    /// first from the base of all counters. They are to be mapped next ([`SelfCounting::map_counters`]).
    /// `room` is the number of counters that all objects need that the process maps. `None` if there is no
    /// room.
    fn make_counters(
        &mut self,
        record: &mut Self::Record,
        mapper: &FileMapper<'_>,
        object: ObjectId,
        room: usize,
    ) -> Option<u32> {
        let _ = (record, mapper, object, room);
        None
    }

    /// A process with trampolines in its memory has begun. It gets counters of its own, laid out like those
    /// of `parent`, if there is room. Without `shares_memory`, they are to be mapped before it runs.
    fn copy_counters(&mut self, record: &mut Self::Record, parent: &Self::Record, shares_memory: bool) {
        let _ = (record, parent, shares_memory);
    }

    /// Maps the counters of a process, if they are not mapped, in place of its parent's. Gives their base. If
    /// that fails, those of the parent are unmapped.
    fn map_counters(&mut self, record: &mut Self::Record, mapper: &FileMapper<'_>) -> Option<u64> {
        let _ = (record, mapper);
        None
    }

    /// A process will not count by itself: unmaps the counters of its parent.
    fn unmap_counters(&mut self, record: &mut Self::Record, mapper: &FileMapper<'_>) {
        let _ = (record, mapper);
    }

    /// A process has left the memory that it shared with its parent, in which it may have counted.
    fn leave_memory(&mut self, record: &mut Self::Record) {
        let _ = record;
    }

    /// A process could not access `address`, which is mapped from a file. If that is a file of its counters,
    /// makes it as long as it was. `None` if it is none, and false if that fails.
    fn restore_mapping(&mut self, record: &mut Self::Record, address: u64) -> Option<bool> {
        let _ = (record, address);
        None
    }

    /// The base address of the counters of a process, if it has any.
    fn counters(&self, record: &Self::Record) -> Option<u64> {
        let _ = record;
        None
    }

    /// A counter of a process. That of a site says how often it was passed, or only that it was.
    fn count(&self, record: &Self::Record, object: ObjectId, counter: usize) -> u16 {
        let _ = (record, object, counter);
        0
    }

    /// Changes a counter of a process.
    fn set_count(&self, record: &Self::Record, object: ObjectId, counter: usize, count: u16) {
        let _ = (record, object, counter, count);
    }

    /// What an earlier run has made of an object, if that was kept and is still true.
    fn kept_code(&mut self, object: ObjectId) -> Option<KeptCode> {
        let _ = object;
        None
    }

    /// Keeps what this run has made of an object, for later ones.
    fn keep_code(&mut self, object: ObjectId, code: &KeptCode) {
        let _ = (object, code);
    }

    /// The counters of an object in a process. Empty if it does not count in it.
    fn counts(&self, record: &Self::Record, object: ObjectId) -> Vec<u16> {
        let _ = (record, object);
        Vec::new()
    }
}

/// Where a forked process has its log.
#[derive(Debug, Clone, Copy)]
pub struct ChildLogPlace {
    /// The place among the logs of its parent's children.
    pub place: u32,
    /// The number of the log.
    pub log: u32,
}

/// What a probe is answered.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The result of the function that it has called.
    pub result: u64,
    /// A context begins or ends, as by [`Contexts::change_context`]. The probe knows it.
    pub changes_context: bool,
}

/// A probe: code of the recorder's in the memory of a process, called when a hooked function has returned. By
/// default there is none.
pub trait Probes: Lifecycle {
    /// Writes a probe into the memory of a process. `task` is at the entry of a hooked function. `None` if
    /// that cannot be done.
    fn probe(&mut self, record: &mut Self::Record, task: &Stopped, memory: &Memory) -> Option<Probe> {
        let _ = (record, task, memory);
        None
    }

    /// A forked process has a copy of its parent's probe, in memory that it shares with no process. Gives the
    /// place of its log, if that is among those that it has inherited. A second call gives the same.
    fn probe_copied(&mut self, record: &mut Self::Record) -> Option<ChildLogPlace> {
        let _ = record;
        None
    }

    /// Answers a question that the probe asks by the arguments of a function. `task` has called it. With
    /// `is_alone`, no other task of the process runs meanwhile.
    fn asked(
        &mut self,
        record: &mut Self::Record,
        task: &Stopped,
        question: [u64; 3],
        memory: &Memory,
        is_alone: bool,
    ) -> Answer {
        let _ = (record, task, question, memory, is_alone);
        Answer::default()
    }

    /// A process has got a SIGBUS. True if what the probe writes to had been made shorter, and is whole
    /// again: then the process can continue.
    fn restore_log(&mut self, record: &mut Self::Record) -> bool {
        let _ = record;
        false
    }

    /// A function of the probe was ended by this signal.
    fn probe_failed(&mut self, record: &mut Self::Record, pid: Tid, signal: i32) {
        let _ = (record, pid, signal);
    }
}

/// All that the tracer needs of a recorder.
pub trait Recorder: Hits + SelfCounting + Probes + Contexts {}

impl<T: Hits + SelfCounting + Probes + Contexts> Recorder for T {}
