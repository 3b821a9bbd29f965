//! Processes that count for themselves which blocks they come by, by detours.

use crate::machine::{self, OutOfLineCode};
use crate::ptrace::{CloneFlags, Error, Result, Status, Stopped, Syscalls, Tid};
use crate::tracer::Tracer;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::{Process, Recorder};
use crate::tracer::sites::SiteRef;
use crate::tracer::spaces::space::Space;
use crate::tracer::spaces::{SpaceId, Spaces};

/// Where a process counts.
#[derive(Debug, Clone, Copy)]
pub struct Counters {
    /// The base of the counters of the process, in its memory.
    pub base: u64,
    /// What is added to the number of a site of the object gives the offset of its counter.
    pub offset: u32,
}

/// Whoever has come by so often would come by often again: the detour is removed when somebody stops for another one.
const OFTEN: u8 = 16;

impl<R: Recorder> Tracer<R> {
    /// A task has stopped at a site. If that has happened often enough in the object, detours are taken.
    pub(in crate::tracer) fn consider_detours(
        &mut self,
        id: ProcessId,
        task: &Stopped,
        at: SiteRef,
    ) -> Result<()> {
        let space = self.processes.get(&id).and_then(|process| self.spaces.get(process.space));
        let is_wanted = space.is_some_and(|space| space.wants_detours(at, self.trampolines_after));
        if is_wanted && self.can_take_detours(id, task.tid()) {
            return self.take_detours(id, task, at);
        }
        Ok(())
    }

    /// A process has forked. If other children have taken detours, it does for those to come.
    pub(in crate::tracer) fn take_detours_for_children(
        &mut self,
        id: ProcessId,
        task: &Stopped,
    ) -> Result<()> {
        let space = self.processes.get(&id).and_then(|process| self.spaces.get(process.space));
        let wanted = space.map(Space::wanted_for_children).unwrap_or_default();
        if wanted.is_empty() || !self.can_take_detours(id, task.tid()) {
            return Ok(());
        }
        task.finish_syscall()?;
        wanted.into_iter().try_for_each(|at| self.take_detours(id, task, at))
    }

    fn can_take_detours(&self, id: ProcessId, tid: Tid) -> bool {
        let Some(process) = self.processes.get(&id) else { return false };
        if !machine::CAPABILITIES.trampolines {
            return false;
        }
        let is_alone =
            !self.tree.has_threads(id) && !self.spaces.is_shared(process.space) && process.pid == tid;
        is_alone && !self.releasing && !process.signals.catch_sigtrap() && may_take_detours(tid)
    }

    fn take_detours(&mut self, id: ProcessId, task: &Stopped, at: SiteRef) -> Result<()> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        let Some(space) = self.spaces.get(process.space) else { return Ok(()) };
        if let Some(copies) = space.copies_at(at) {
            return self.spaces.take_detours(process.space, task.tid(), at, copies);
        }
        let Some((detours, mapping)) = space.detours(at).filter(|_| space.has_room_for_copies()) else {
            return Ok(());
        };
        let extent = detours.extent(mapping.bias);
        let length = detours.code.len() as u64;
        let taken = take_detours(&mut self.recorder, &mut self.spaces, process, task, (at, extent, length));
        match taken {
            // Breakpoints do as well.
            Err(Error::Failed { .. }) => Ok(()),
            taken => taken,
        }
    }

    /// One has come by a block often, and the program's own code is put back there and wherever else that is so. Where several
    /// processes live, each has to be counted: it goes on.
    ///
    /// The breakpoint in the copy is at `address`, and what comes after the count there at `next`.
    pub(in crate::tracer) fn hot(
        &mut self,
        id: ProcessId,
        task: &Stopped,
        at: SiteRef,
        (address, next): (u64, u64),
    ) -> Result<bool> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(false) };
        let space = process.space;
        self.recorder.hit(&mut process.record, at);
        if self.spaces.is_shared(space) {
            self.recorder.set_count(&process.record, at, 1);
            task.set_program_counter(next)?;
        } else {
            self.spaces.remove(space, task.tid(), at)?;
            if let Some((_, whereabouts)) = self.spaces.whereabouts(space, address) {
                task.set_program_counter(whereabouts.address)?;
            }
            let (recorder, record) = (&self.recorder, &process.record);
            let hot = |object| recorder.counted_often(record, object, OFTEN);
            self.spaces.lift_detours(space, task.tid(), hot)?;
        }
        self.restore_sigtrap(id, task)?;
        Ok(true)
    }

    /// The first task of a process is about to run: from now on it counts for itself, or takes no detours.
    pub(in crate::tracer) fn begin_counting(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        if !self.spaces.has_detours(process.space) {
            return Ok(());
        }
        match self.recorder.counters(&process.record) {
            Some(base) if !process.signals.catch_sigtrap() => task.set_counter_base(base),
            _ => self.spaces.leave_detours(process.space, task.tid(), |_| false),
        }
    }

    /// A task has made another, neither of which has gone on. If they may run at the same time in one memory, that can have
    /// detours no more.
    pub(in crate::tracer) fn end_detours(
        &mut self,
        id: ProcessId,
        tid: Tid,
        flags: CloneFlags,
    ) -> Result<()> {
        let is_parallel = flags.shares_memory && flags.bits & libc::CLONE_VFORK as u64 == 0;
        if is_parallel { self.leave_detours(id, tid) } else { Ok(()) }
    }

    /// A program that handles SIGTRAP may step through its code, and would find itself in a copy.
    pub(in crate::tracer) fn disable_trampolines_if_sigtrap_handled(
        &mut self,
        id: ProcessId,
        tid: Tid,
    ) -> Result<()> {
        let handles = self.processes.get(&id).is_some_and(|process| process.signals.catch_sigtrap());
        if handles { self.leave_detours(id, tid) } else { Ok(()) }
    }

    fn leave_detours(&mut self, id: ProcessId, tid: Tid) -> Result<()> {
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        if !self.spaces.has_detours(process.space) {
            return Ok(());
        }
        let is_alone = !self.spaces.is_shared(process.space);
        let (recorder, record) = (&self.recorder, &process.record);
        self.spaces.leave_detours(process.space, tid, |at| is_alone && recorder.has_hit(record, at))
    }

    /// A task that stands still goes on without forkcov.
    pub(in crate::tracer) fn end_counting(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        if self.recorder.counters(&process.record).is_none() {
            return Ok(());
        }
        self.spaces.restore(process.space, task.tid(), true)?;
        task.set_counter_base(0)
    }

    /// Gives where a task is in the program's own code, and if it `goes_on` elsewhere, or without forkcov, makes that true: nobody
    /// but forkcov is to see a copy.
    /// It `has_begun` to run an instruction by which it was stopped.
    pub(in crate::tracer) fn leave_copy(
        &mut self,
        id: ProcessId,
        task: &Stopped,
        has_begun: bool,
        goes_on: bool,
    ) -> Result<u64> {
        let address = task.program_counter()?;
        let Some(process) = self.processes.get_mut(&id) else { return Ok(address) };
        let Some((at, whereabouts)) = self.spaces.whereabouts(process.space, address) else {
            if goes_on {
                // What is put off now will be gone on with there, whatever is inserted meanwhile.
                self.spaces.bar_over(process.space, task.tid(), address)?;
            }
            return Ok(address);
        };
        if whereabouts.counted_early {
            let count = self.recorder.count(&process.record, at);
            self.recorder.set_count(&process.record, at, count.saturating_sub(1));
        }
        // What counts can stand behind the site, where nobody looks at flags.
        if whereabouts.address > at.address || (has_begun && whereabouts.address == at.address) {
            self.recorder.hit(&mut process.record, at);
        }
        if goes_on {
            if has_begun {
                task.relocate_fault(address, whereabouts.address)?;
            }
            task.exit_trampoline(whereabouts.address, whereabouts.return_pushed)?;
            // Who shares the memory may not have come by yet.
            let is_alone = !self.spaces.is_shared(process.space);
            let is_hit = is_alone && self.recorder.has_hit(&process.record, at);
            self.spaces.bar(process.space, task.tid(), at, is_hit)?;
        }
        Ok(whereabouts.address)
    }
}

/// Makes room for counters and copies in the memory of a process, and has the detours taken of the object at `at`, whose code
/// is in `extent`, and of the copies of which there are `length` bytes.
fn take_detours<R: Recorder>(
    recorder: &mut R,
    spaces: &mut Spaces,
    process: &mut Process<R::Record>,
    task: &Stopped,
    (at, extent, length): (SiteRef, std::ops::Range<u64>, u64),
) -> Result<()> {
    let (space, tid): (SpaceId, Tid) = (process.space, task.tid());
    let memory = spaces.memory(space, tid)?;
    let calls = Syscalls::find(tid, memory)?;
    let address = calls.map_code_near(task, extent, length)?;
    let Some(counters) =
        recorder.make_counters(&mut process.record, task, (&calls, memory), address, at.object)
    else {
        return calls.unmap(task, address, length);
    };
    task.set_counter_base(counters.base)?;
    spaces.take_detours(space, tid, at, OutOfLineCode { address, counters: counters.offset })
}

/// May system calls be made in its name that it does not make itself, is there room without limit, and is nobody told of a
/// call that has been replaced by a jump?
fn may_take_detours(tid: Tid) -> bool {
    let status = Status::of(tid);
    let has_shadow_stack = machine::has_shadow_stack(|name| status.field(name).map(str::to_owned));
    let has_filter = status.field("Seccomp").is_some_and(|mode| mode != "0");
    !has_shadow_stack && !has_filter && crate::ptrace::has_unlimited_memory(tid)
}
