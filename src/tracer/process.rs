//! A process under trace, and what the tracer tells of it.

use crate::machine::SignalCall;
use crate::ptrace::{Error, Event, Memory, Stopped, Syscalls, Tid};
use crate::tracer::events::self_counting::Counters;
use crate::tracer::parents::process_info::Image;
use crate::tracer::parents::tree::{End, ProcessId};
use crate::tracer::signals::disposition::Dispositions;
use crate::tracer::sites::{Mapping, ObjectId, SiteRef};
use crate::tracer::spaces::SpaceId;
use crate::tracer::spaces::entry_hooks::Probe;
use crate::tracer::spaces::linker::DynamicLinker;
use crate::tracer::spaces::space::MappedObjects;
use std::path::Path;

/// A thread group.
#[derive(Debug)]
pub(in crate::tracer) struct Process<Record> {
    pub id: ProcessId,
    pub pid: Tid,
    pub space: SpaceId,
    /// The image before the last exec, if it had threads: one of them may have made a process that has not been seen
    /// yet.
    pub former: Option<FormerImage>,
    pub record: Record,
    pub signals: Dispositions,
    /// It is in a group-stop.
    pub is_stopped: bool,
    /// It has been told of a breakpoint or watchpoint of its own (perf_event_open(2), debug registers).
    pub has_hardware_breakpoints: bool,
}

/// An image that has been given up for another.
#[derive(Debug)]
pub(in crate::tracer) struct FormerImage {
    pub space: SpaceId,
    /// The image that came after it. The process may have given that up as well, of which nobody has told yet.
    pub next: Option<Image>,
}

/// How a process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    /// Started by forkcov.
    Launch,
    /// By fork(2), or clone(2) as fork does.
    Fork,
    /// By vfork(2), or clone(2) with CLONE_VFORK.
    Vfork,
    /// By clone(2) otherwise.
    Clone,
    /// Before forkcov attached to it.
    Attach,
}

impl Birth {
    /// What the kernel calls it.
    pub(in crate::tracer) fn by(event: Event) -> Self {
        match event {
            Event::Fork => Self::Fork,
            Event::Vfork => Self::Vfork,
            _ => Self::Clone,
        }
    }
}

/// Who is told what happens. Every method is called while the process in question is stopped, so that nothing
/// is recorded too late.
pub trait Recorder {
    /// What it keeps of each process.
    type Record;

    /// A process has begun; `parent` is the process that it has its memory from, with the same modules.
    fn begin(
        &mut self,
        id: ProcessId,
        pid: Tid,
        birth: Birth,
        parent: Option<(ProcessId, &Self::Record)>,
    ) -> Self::Record;

    /// A process runs a new program; what was inserted before is gone. Gives what is mapped of it, as [`mapped`]
    /// does, and where its dynamic linker tells that more is.
    ///
    /// [`mapped`]: Recorder::mapped
    fn image(&mut self, record: &mut Self::Record, pid: Tid) -> (MappedObjects, Option<DynamicLinker>);

    /// What is mapped into a process now. `before` are the objects that were: one whose region is still there is the
    /// same. The process may run: what is given is then only likely, and will be asked for again.
    fn mapped(&mut self, pid: Tid, before: &[Mapping]) -> MappedObjects;

    /// Where an object was found.
    fn path(&self, object: ObjectId) -> &Path;

    /// Where a process can make the system calls by which it changes what SIGTRAP does to it, in all that it has mapped.
    fn signal_calls(&mut self, pid: Tid) -> Vec<SignalCall>;

    /// A process has reached a site. Called at least once for each that it reaches, and perhaps more often.
    fn hit(&self, record: &mut Self::Record, at: SiteRef);

    /// Has a process reached this site, or counted that it has?
    fn has_hit(&self, record: &Self::Record, at: SiteRef) -> bool;

    /// Makes room in the memory of a process for the counters of an object, one byte for each site, by system calls. There is
    /// memory of no use at `scratch` that can be written to by forkcov. `None` if there is no room.
    fn make_counters(
        &mut self,
        record: &mut Self::Record,
        task: &Stopped,
        by: (&Syscalls, &Memory),
        scratch: u64,
        object: ObjectId,
    ) -> Option<Counters>;

    /// A process has begun whose memory has detours, and the counters of `parent`. It gets others, if there is room.
    fn count_like(&mut self, record: &mut Self::Record, parent: &Self::Record);

    /// The base of the counters of a process. `None` if it has none.
    fn counters(&self, record: &Self::Record) -> Option<u64>;

    /// What a process has counted at a site: how often it came by, up to 255.
    fn count(&self, record: &Self::Record, at: SiteRef) -> u8;

    /// The sites of an object that a process has come by so often; from now on it has come by them once.
    fn counted_often(&self, record: &Self::Record, object: ObjectId, often: u8) -> Vec<usize>;

    /// Changes what a process has counted at a site.
    fn set_count(&self, record: &Self::Record, at: SiteRef, count: u8);

    /// Puts a probe into the memory of a process, of which `task` stands at the entry of a watched function. `None` if it
    /// cannot be.
    fn probe(&mut self, record: &mut Self::Record, task: &Stopped, memory: &Memory) -> Option<Probe>;

    /// Answers a question of its probe's.
    fn asked(&mut self, record: &mut Self::Record, pid: Tid, question: [u64; 3], memory: &Memory) -> u64;

    /// A function of its probe's was ended by this signal.
    fn probe_failed(&mut self, record: &mut Self::Record, pid: Tid, signal: i32);

    /// A process has been stopped by a signal, as it would have been without a tracer.
    fn stopped(&mut self, record: &Self::Record, signal: i32);

    /// A stopped process goes on.
    fn continued(&mut self, record: &Self::Record);

    /// A process has ended.
    fn end(&mut self, record: &mut Self::Record, end: End);

    /// A process goes on without forkcov.
    fn release(&mut self, record: &mut Self::Record);

    /// A process that runs already cannot be traced, for this reason.
    fn refused(&mut self, pid: Tid, why: &str);

    /// A call on a process failed though it lives.
    fn trouble(&mut self, error: &Error);
}
