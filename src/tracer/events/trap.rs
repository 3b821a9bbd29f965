//! SIGTRAP: a breakpoint of forkcov's, or a signal of the program's own.

use crate::elf::Svma;
use crate::machine::blocks::USER_SPACE;
use crate::machine::{Destination, Patch, Site, breakpoint_at, may_stop_behind};
use crate::ptrace::{Result, Stop};
use crate::tracer::events::Departure;
use crate::tracer::recorder::Recorder;
use crate::tracer::sites::SiteRef;
use crate::tracer::spaces::OtherTasks;
use crate::tracer::spaces::space::Breakpoint;
use crate::tracer::stop::StopContext;
use crate::tracer::tasks::Step;
use std::sync::Arc;

impl<R: Recorder> StopContext<'_, R> {
    /// The task was stopped by SIGTRAP. Returns the signal to resume it with. A breakpoint at a site is a
    /// hit: the program's byte is written back and executed. That takes five system calls, with the wait and
    /// the resume: read the program counter, write the byte, set the program counter.
    pub fn trap(&mut self) -> (i32, Result<()>) {
        let handled = self.breakpoint().and_then(|handled| Ok(handled || self.stepped_to_trampoline()?));
        match handled {
            Ok(true) => (0, Ok(())),
            Ok(false) => match self.own_sigtrap() {
                Ok(signal) => (signal, Ok(())),
                Err(error) => (libc::SIGTRAP, Err(error)),
            },
            Err(error) => (0, Err(error)),
        }
    }

    /// Was it a breakpoint of forkcov's? If so it has been handled, and the task can continue.
    fn breakpoint(&mut self) -> Result<bool> {
        let address = breakpoint_at(self.task.program_counter()?);
        match self.spaces.get(self.process.space).find(address) {
            None => self.is_copied_breakpoint(),
            Some(Breakpoint::Site(at, site)) => self.hit(at, site),
            Some(Breakpoint::Linker) => self.linker_event(),
            // The next copy begins behind it: a task can be there without having run into it.
            Some(Breakpoint::Saturated(..)) if !self.is_breakpoint()? => Ok(false),
            Some(Breakpoint::Saturated(at, next)) => self.saturated(at, address, next).map(|()| true),
            Some(Breakpoint::RemovedJump(original)) => self.removed_jump(address, original),
            Some(Breakpoint::Probe(breakpoint, site)) => self.probe_breakpoint(breakpoint, site),
            Some(Breakpoint::SignalCall(call, site)) => {
                if let Some(at) = site {
                    self.recorder.hit(&mut self.process.record, at);
                }
                self.signal_call(call).map(|()| true)
            }
        }
    }

    /// Has the program single-stepped a jump to a trampoline? The task goes back, where that jump is no more,
    /// and steps the program's own instruction. Handlers of SIGTRAP are not always known: see
    /// [`Self::drop_hooks_if_threaded`].
    fn stepped_to_trampoline(&mut self) -> Result<bool> {
        let address = self.task.program_counter()?;
        if self.spaces.get(self.process.space).original_pc(address).is_none()
            || !self.task.signal_info()?.is_step()
        {
            return Ok(false);
        }
        self.exit_trampoline(false, Departure::Continue { signal: libc::SIGTRAP }).map(|_| true)
    }

    /// The task has run into the breakpoint of a site.
    fn hit(&mut self, at: SiteRef, site: Site) -> Result<bool> {
        if may_stop_behind(&site) && !self.is_breakpoint()? {
            return Ok(false);
        }
        self.recorder.hit(&mut self.process.record, at);
        if site.original.is_breakpoint() {
            // The program's own breakpoint instruction has the same effect as without forkcov.
            return Ok(false);
        }
        if self.takes_edge(at, site)? {
            return Ok(true);
        }
        self.task.set_program_counter(at.address)?;
        if self.process.has_hardware_breakpoints {
            // A hardware breakpoint at this address has trapped already, before forkcov's.
            self.task.skip_hardware_breakpoint()?;
        }
        self.open()?.remove(at)?;
        if self.spaces.is_shared(self.process.space) {
            match self.others {
                OtherTasks::Stopped => self.open()?.note_owed(at),
                OtherTasks::Running => self.followup.removed_in_shared_space = Some(at),
            }
        }
        self.restore_sigtrap()?;
        self.consider_trampolines(at)?;
        Ok(true)
    }

    /// Records the edge that the task takes, if it is at a jump that has edges. True if the breakpoint stays
    /// for another edge, or if a trampoline has taken its place: then the task has made the jump. It has
    /// not if it single-steps its own code, since it expects a signal behind each instruction, or if no
    /// program can have code where it jumps to: then the breakpoint is inserted again after that.
    fn takes_edge(&mut self, at: SiteRef, site: Site) -> Result<bool> {
        let Some(mapping) = self.spaces.get(self.process.space).mapping(at) else { return Ok(false) };
        let (sites, bias) = (Arc::clone(&mapping.sites), mapping.bias);
        let Some(jump) = sites.edges.jump(at.site) else { return Ok(false) };
        let next = at.address + u64::from(site.length);
        let (destination, steps_itself) = self.task.destination(jump, next, bias)?;
        let target = match destination {
            None => return Ok(false),
            Some(Destination::Code(address)) => Some(address),
            // If that cannot be read, the jump fails.
            Some(Destination::Stored(place)) => self.open()?.memory().word(place).ok(),
        };
        let edge = target.and_then(|target| sites.edges.to(at.site, Svma(target.wrapping_sub(bias))));
        if let Some(edge) = edge {
            let edge = sites.len() + edge;
            self.recorder.hit(&mut self.process.record, SiteRef { site: edge, first: edge, ..at });
        }
        let has_jump = self.open()?.has_jump(at);
        if self.recorder.has_hit(&self.process.record, at) && !has_jump {
            return Ok(false);
        }
        let may_go = |target: &u64| *target < USER_SPACE && (!steps_itself || has_jump);
        let Some(target) = target.filter(may_go) else {
            self.state.step = Some(Step::Site(at));
            self.state.steps_itself = steps_itself;
            return Ok(false);
        };
        self.task.set_program_counter(target)?;
        self.open()?.note_stay(at);
        self.restore_sigtrap()?;
        self.consider_trampolines(at)?;
        Ok(true)
    }

    /// The task has run into the breakpoint that was in the place of a jump while that was removed. It is not
    /// there any more, but in a process that was forked in that moment.
    fn removed_jump(&mut self, address: u64, original: Patch) -> Result<bool> {
        if !self.is_breakpoint()? {
            return Ok(false);
        }
        self.task.set_program_counter(address)?;
        let memory = self.open()?.memory();
        if memory.read_patch(address)?.is_breakpoint() {
            memory.write_patch(address, original)?;
        }
        self.restore_sigtrap()?;
        Ok(true)
    }

    /// The dynamic linker reports that it begins to change what is mapped, or is done.
    fn linker_event(&mut self) -> Result<bool> {
        if !self.is_breakpoint()? {
            return Ok(false);
        }
        // Whatever fails after this, the task must not continue behind the breakpoint.
        let task = self.task;
        task.return_to_caller(self.open()?.memory())?;
        self.restore_sigtrap()?;
        if self.open()?.is_linker_done()? {
            self.reconcile()?;
        }
        Ok(true)
    }

    /// If the task was to execute one instruction over a removed breakpoint, inserts that again. True if the
    /// stop is the end of that step, and nothing else.
    pub fn finish_step(&mut self, stop: Stop) -> bool {
        if self.is_releasing && stop != Stop::Signal(libc::SIGTRAP) {
            // The step may have been made, and be reported next.
            return false;
        }
        let Some(step) = self.state.step.take() else { return false };
        let inserted = self.insert_after_step(step);
        self.report(inserted);
        let steps_itself = std::mem::take(&mut self.state.steps_itself);
        if stop != Stop::Signal(libc::SIGTRAP) || steps_itself {
            return false;
        }
        let Ok(info) = self.task.signal_info() else { return false };
        // The kernel forces the SIGTRAP of a step as it does that of a breakpoint.
        let is_end = info.is_step() || self.replaces_forced_sigtrap(&info);
        if is_end {
            let restored = self.restore_sigtrap();
            self.report(restored);
        }
        is_end
    }

    fn insert_after_step(&mut self, step: Step) -> Result<()> {
        let Some(mut opened) = self.open_to_insert()? else { return Ok(()) };
        match step {
            Step::Site(at) => opened.insert(at),
            Step::EntryHook(hook) => opened.insert_entry_hook(hook),
        }
    }
}
