//! Self-counting processes: they count the blocks that they execute in trampolines, without a stop.
//!
//! Trampolines are installed while no other task runs in the address space: there is none, or all are stopped
//! ([`crate::tracer::all_stopped`]). They are removed while others run.

use crate::machine::{self, OutOfLineCode};
use crate::ptrace::{
    CloneFlags, FileMapper, Result, Status, Tid, has_forkcovs_filters, has_unlimited_memory,
};
use crate::tracer::events::Departure;
use crate::tracer::recorder::Recorder;
use crate::tracer::sites::SiteRef;
use crate::tracer::spaces::OtherTasks;
use crate::tracer::spaces::space::MappingCode;
use crate::tracer::stop::StopContext;

/// A process with so many tasks uses no trampolines. Each task can count a block once more when it has been
/// counted 32,768 times, until it stops for that; and no counter may come to 0 again.
const MOST_TASKS: usize = 100;

impl<R: Recorder> StopContext<'_, R> {
    /// The task has stopped at a site. Installs the trampolines of its object if there have been enough such
    /// stops.
    pub fn consider_trampolines(&mut self, at: SiteRef) -> Result<()> {
        let space = self.spaces.get(self.process.space);
        let is_time = space.wants_trampolines(at, self.trampolines_after);
        // Another process that has the same memory may leave it soon.
        if self.spaces.is_shared(self.process.space) {
            Ok(())
        } else if space.wants_jump_again(at, self.trampolines_after) {
            self.install_or_stop_others(vec![at])
        } else if !is_time {
            Ok(())
        } else if self.can_self_count() {
            self.install_or_stop_others(vec![at])
        } else {
            self.open()?.postpone_trampolines(at, true);
            Ok(())
        }
    }

    /// Installs the trampolines of the objects at these sites; if other tasks run, after they have stopped.
    fn install_or_stop_others(&mut self, sites: Vec<SiteRef>) -> Result<()> {
        match self.others {
            OtherTasks::Stopped => self.install_all(sites),
            OtherTasks::Running => {
                self.followup.install = sites;
                Ok(())
            }
        }
    }

    /// Installs the trampolines of the objects at these sites.
    pub fn install_all(&mut self, sites: Vec<SiteRef>) -> Result<()> {
        if self.tree.count_tasks(self.process.id) > 1 {
            self.prepare_for_threads(false)?;
        }
        sites.into_iter().try_for_each(|at| self.install_trampolines(at))
    }

    /// The process has forked. If its children have installed trampolines, it does so too, for the children
    /// to come.
    pub fn install_trampolines_for_children(&mut self) -> Result<()> {
        if !self.spaces.is_shared(self.process.space) {
            self.prepare_for_threads(true)?;
        }
        let wanted = self.spaces.get(self.process.space).wanted_for_children();
        if wanted.is_empty() || !self.can_self_count() {
            return Ok(());
        }
        self.task.finish_syscall()?;
        self.install_or_stop_others(wanted)
    }

    /// The process is about to have another thread; or only processes with copies of its memory have some
    /// (`are_of_relatives`).
    pub fn prepare_for_threads(&mut self, are_of_relatives: bool) -> Result<()> {
        let space = self.process.space;
        if !are_of_relatives {
            self.spaces.get(space).note_threads();
        }
        if !self.spaces.get(space).must_serve_threads() {
            return Ok(());
        }
        let is_alone = !self.spaces.is_shared(space);
        let (recorder, record) = (&*self.recorder, &self.process.record);
        let opened = self.spaces.open_to_insert(space, self.task.tid(), self.others)?;
        opened
            .map_or(Ok(()), |mut opened| opened.serve_threads(|at| is_alone && recorder.has_hit(record, at)))
    }

    pub fn can_self_count(&self) -> bool {
        machine::CAPABILITIES.trampolines
            && !self.spaces.is_shared(self.process.space)
            && self.tree.count_tasks(self.process.id) < MOST_TASKS
            && !self.is_releasing
            && !self.is_sigtrap_used(self.tree.has_threads(self.process.id))
            && allows_trampolines(self.tid())
    }

    fn install_trampolines(&mut self, at: SiteRef) -> Result<()> {
        let space = self.spaces.get(self.process.space);
        if space.has_code_at(at) {
            return self.open_to_insert()?.map_or(Ok(()), |mut opened| opened.insert_jump_again(at));
        }
        let Some(mapping) = space.mapping(at).cloned() else { return Ok(()) };
        if let Some(code) = space.code_of(&mapping) {
            return self.write_jumps(at, code);
        }
        let room = space.counters();
        let Some(mapped) = self.map_code(&mapping, room)? else {
            self.open()?.postpone_trampolines(at, true);
            return Ok(());
        };
        self.open()?.add_code(&mapped);
        self.write_jumps(at, mapped.code)
    }

    fn write_jumps(&mut self, at: SiteRef, code: OutOfLineCode) -> Result<()> {
        self.open_to_insert()?.map_or(Ok(()), |mut opened| opened.install_trampolines(at, code))
    }

    /// The trampoline of a site has run often, and its breakpoint at `address` was hit; the count is followed
    /// by `next`. Removes this trampoline, and others that have counted. If other processes run in the same
    /// memory, each of them has to be counted: then the trampoline stays. It stays as well as long as a jump
    /// that has run needs it to count an edge: its own jump, or one to which tasks come by this trampoline.
    pub fn saturated(&mut self, at: SiteRef, address: u64, next: u64) -> Result<()> {
        let (space, tid) = (self.process.space, self.task.tid());
        let counter = self.spaces.get(space).counter(at);
        let is_hit =
            counter == Some(at.site) || self.recorder.count(&self.process.record, at.object, at.site) > 0;
        if is_hit {
            self.recorder.hit(&mut self.process.record, at);
        }
        let reset = |recorder: &R, record: &R::Record| {
            counter.into_iter().for_each(|counter| recorder.set_count(record, at.object, counter, 1));
        };
        // Another direction of the jump there is still to be counted.
        let lacks_edge = is_hit && !self.recorder.has_hit(&self.process.record, at);
        if lacks_edge || self.spaces.is_shared(space) {
            reset(self.recorder, &self.process.record);
            self.task.set_program_counter(next)?;
        } else {
            let mut opened = self.spaces.open(space, tid, self.others)?;
            let counts = || self.recorder.counts(&self.process.record, at.object);
            let is_support = opened.is_support(at, counts);
            let is_kept = is_support || opened.keeps_jump(at);
            let original = opened.original_pc(address).filter(|_| !is_kept);
            self.task.set_program_counter(original.map_or(next, |(_, pc)| pc.address))?;
            let (recorder, record) = (&*self.recorder, &self.process.record);
            if is_kept || !opened.has_jump(at) {
                // Another thread has stopped here as well; or other copies lead to this one, further on.
                reset(recorder, record);
            }
            opened.remove_worn(at, (is_hit, is_support), |object| recorder.counts(record, object))?;
        }
        self.restore_sigtrap()
    }

    /// Before the first task of a process runs: from now on the process counts by itself, or uses no
    /// trampolines.
    pub fn start_self_counting(&mut self) -> Result<()> {
        if !self.spaces.get(self.process.space).has_trampolines() {
            return Ok(());
        }
        if self.map_counters()? {
            return Ok(());
        }
        self.open_to_insert()?.map_or(Ok(()), |mut opened| opened.disable_trampolines(|_| false))
    }

    /// Maps the counters of a new process. False if it is not to count by itself: then the counters of its
    /// parent are not in its memory.
    fn map_counters(&mut self) -> Result<bool> {
        let (task, space) = (self.task, self.process.space);
        let Some(MappingCode { calls, address: code }) = self.spaces.get(space).mapping_code() else {
            return Ok(false);
        };
        let memory = self.spaces.open(space, task.tid(), self.others)?.memory();
        let mapper = FileMapper { task, memory, calls, code, along: None };
        let record = &mut self.process.record;
        let counts = !self.process.signals.handles_sigtrap() && mapper.is_allowed();
        let base = if counts { self.recorder.map_counters(record, &mapper) } else { None };
        if base.is_none() {
            self.recorder.unmap_counters(record, &mapper);
        }
        self.restore_sigtrap()?;
        Ok(base.is_some())
    }

    /// Before the task continues: says where it counts. A new thread has that from its creator, which may not
    /// have had it yet.
    pub fn set_counter_base(&mut self) -> Result<()> {
        let base = self.recorder.counters(&self.process.record);
        match base.filter(|&base| base != self.state.counter_base) {
            Some(base) if self.spaces.get(self.process.space).has_trampolines() => {
                self.task.set_counter_base(base)?;
                self.state.counter_base = base;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The task has stopped by `signal`, SIGBUS or SIGSEGV. If it could not access its counters, because the
    /// program has made their file shorter or has unmapped it, restores them or removes the trampolines. True
    /// if the task can continue.
    pub fn restores_counters(&mut self, signal: i32) -> bool {
        if !matches!(signal, libc::SIGBUS | libc::SIGSEGV)
            || self.recorder.counters(&self.process.record).is_none()
        {
            return false;
        }
        let Some(address) = self.task.signal_info().ok().and_then(|info| info.fault_address()) else {
            return false;
        };
        let counter = self.task.program_counter().unwrap_or(0);
        let is_counting = self.spaces.get(self.process.space).original_pc(counter).is_some();
        match self.recorder.restore_mapping(&mut self.process.record, address) {
            None => false,
            Some(true) if signal == libc::SIGBUS => true,
            // The program may have mapped something else there.
            Some(_) if !is_counting => false,
            Some(_) => {
                let left = self.exit_trampoline(false, Departure::Continue { signal });
                let disabled = left.and_then(|_| self.disable_trampolines());
                self.report(disabled);
                true
            }
        }
    }

    /// The task has made another, and neither has continued yet. If that is a process that runs in the same
    /// memory beside this one, or one task too many, the memory can have no trampolines any more.
    pub fn prepare_trampolines_for(&mut self, flags: CloneFlags) -> Result<()> {
        let is_parallel = flags.shares_memory && flags.bits & libc::CLONE_VFORK as u64 == 0;
        let are_few = self.tree.count_tasks(self.process.id) < MOST_TASKS && !self.is_sigtrap_used(true);
        match flags.thread {
            true if are_few => self.prepare_for_threads(false),
            false if !is_parallel => Ok(()),
            _ => self.disable_trampolines(),
        }
    }

    /// The program has changed the action of a signal.
    pub fn disable_trampolines_if_sigtrap_used(&mut self) -> Result<()> {
        let is_used = self.is_sigtrap_used(self.tree.has_threads(self.process.id));
        if is_used { self.disable_trampolines() } else { Ok(()) }
    }

    /// A program that handles SIGTRAP may single-step its own code, and would find itself in a trampoline. If
    /// a process with threads ignores it, the first breakpoint of a thread that is alone has to restore that.
    fn is_sigtrap_used(&self, has_threads: bool) -> bool {
        let signals = &self.process.signals;
        signals.handles_sigtrap() || (has_threads && !signals.has_default())
    }

    fn disable_trampolines(&mut self) -> Result<()> {
        let space = self.process.space;
        if !self.spaces.get(space).has_trampolines() {
            return Ok(());
        }
        let is_alone = !self.spaces.is_shared(space);
        let (recorder, record) = (&*self.recorder, &self.process.record);
        let Some(mut opened) = self.spaces.open_to_insert(space, self.task.tid(), self.others)? else {
            return Ok(());
        };
        opened.disable_trampolines(|at| is_alone && recorder.has_hit(record, at))
    }

    /// The task continues without forkcov.
    pub fn stop_self_counting(&mut self) -> Result<()> {
        if self.recorder.counters(&self.process.record).is_none() {
            return Ok(());
        }
        // Springboards stay while a task runs, but where one alone uses them, that is this one.
        self.restore_memory()?;
        self.task.set_counter_base(0)
    }

    /// Removes every breakpoint in the process's memory, and every jump to a trampoline.
    pub fn restore_memory(&mut self) -> Result<()> {
        if self.spaces.get(self.process.space).is_empty() {
            return Ok(());
        }
        self.open()?.restore()
    }

    /// Returns where the task is in the program's own code. If it is in a trampoline and will continue, moves
    /// it there: no one but forkcov is to see a trampoline. With `has_begun`, it was stopped by an
    /// instruction that it has begun.
    pub fn exit_trampoline(&mut self, has_begun: bool, departure: Departure) -> Result<u64> {
        let continues = departure != Departure::Exit;
        let address = self.task.program_counter()?;
        let Some((at, pc)) = self.spaces.get(self.process.space).original_pc(address) else {
            if continues {
                // A handler will return to this place, whatever is inserted meanwhile.
                self.open()?.forbid_trampoline_over(address)?;
            }
            return Ok(address);
        };
        // Another thread may have counted the block as well. This one has come to its last site, since
        // several tasks do not count earlier.
        if pc.counted_early && self.others == OtherTasks::Stopped {
            let count = self.recorder.count(&self.process.record, at.object, at.site);
            self.recorder.set_count(&self.process.record, at.object, at.site, count.saturating_sub(1));
        }
        // The code that counts can come after the site, where the flags are dead.
        if pc.address > at.address || (has_begun && pc.address == at.address) {
            self.recorder.hit(&mut self.process.record, at);
        }
        if continues {
            if has_begun {
                self.task.relocate_fault(address, pc.address)?;
            }
            self.task.exit_trampoline(pc.address, pc.return_pushed)?;
            // Another process in the same memory may not have reached the site yet.
            let is_alone = !self.spaces.is_shared(self.process.space);
            let is_hit = is_alone && self.recorder.has_hit(&self.process.record, at);
            self.open()?.forbid_trampoline(at, is_hit)?;
        }
        Ok(pc.address)
    }
}

/// Can every system call be injected into the task, is its memory unlimited, and does nothing check that
/// calls and returns match?
fn allows_trampolines(tid: Tid) -> bool {
    let status = Status::of(tid);
    let has_shadow_stack = machine::has_shadow_stack(|name| status.field(name).map(str::to_owned));
    !has_shadow_stack && has_forkcovs_filters(&status) && has_unlimited_memory(tid)
}
