//! SIGTRAP: a breakpoint of ours, or the program's own business.

use crate::machine::{breakpoint_at, may_stop_behind};
use crate::ptrace::{Result, Stop, Stopped};
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::Recorder;
use crate::tracer::sites::SiteRef;
use crate::tracer::spaces::SpaceId;
use crate::tracer::spaces::space::Breakpoint;
use crate::tracer::{Step, Tracer};

impl<R: Recorder> Tracer<R> {
    /// A task stopped by SIGTRAP; gives the signal to resume it with. On a site it is a hit: the program's byte
    /// is put back and run. Five system calls in all with the wait and the resume: read the counter, put the
    /// byte back, rewind the counter.
    pub(in crate::tracer) fn trap(&mut self, id: ProcessId, task: &Stopped) -> (i32, Result<()>) {
        match self.hit(id, task) {
            Ok(true) => (0, Ok(())),
            Ok(false) => match self.own_sigtrap(id, task) {
                Ok(signal) => (signal, Ok(())),
                Err(error) => (libc::SIGTRAP, Err(error)),
            },
            Err(error) => (0, Err(error)),
        }
    }

    /// Was it a breakpoint of ours? If so the hit is recorded, and the task is ready to run on.
    fn hit(&mut self, id: ProcessId, task: &Stopped) -> Result<bool> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(false) };
        let address = breakpoint_at(task.program_counter()?);
        let (at, site) = match self.spaces.find(process.space, address) {
            None => return Ok(false),
            Some(Breakpoint::DynamicLinker) => return self.loader(id, task),
            Some(Breakpoint::Hot(at, next)) => return self.hot(id, task, at, (address, next)),
            Some(Breakpoint::Probe(trap, site)) => return self.probe_trap(id, task, trap, site),
            Some(Breakpoint::Hook(call, site)) => {
                if let Some(at) = site {
                    self.recorder.hit(&mut process.record, at);
                }
                return self.signal_call(id, task, call).map(|()| true);
            }
            Some(Breakpoint::Site(at, site)) => (at, site),
        };
        if may_stop_behind(&site) && !self.blocking.is_breakpoint(task)? {
            return Ok(false);
        }
        self.recorder.hit(&mut process.record, at);
        if site.original.is_breakpoint() {
            // The program's own breakpoint instruction has the same effect as without forkcov.
            return Ok(false);
        }
        task.set_program_counter(address)?;
        if process.has_hardware_breakpoints {
            // One at this address has trapped already, before ours.
            task.skip_hardware_breakpoint()?;
        }
        let (space, tid) = (process.space, task.tid());
        self.spaces.remove(space, tid, at)?;
        if self.spaces.is_shared(space) && self.is_needed_by_others(id, space, at) {
            self.steps.insert(tid, Step::Site(at));
        }
        self.restore_sigtrap(id, task)?;
        self.consider_detours(id, task, at)?;
        Ok(true)
    }

    /// The dynamic linker tells that it begins to change what is mapped, or is done.
    fn loader(&mut self, id: ProcessId, task: &Stopped) -> Result<bool> {
        let Some(space) = self.processes.get(&id).map(|process| process.space) else { return Ok(false) };
        if !self.blocking.is_breakpoint(task)? {
            return Ok(false);
        }
        // Whatever fails now, the task must not go on behind the breakpoint.
        task.return_to_caller(self.spaces.memory(space, task.tid())?)?;
        self.restore_sigtrap(id, task)?;
        if self.spaces.has_changed(space, task.tid())? {
            self.reconcile(id, task)?;
        }
        Ok(true)
    }

    /// A breakpoint of ours was hit: puts back what the kernel has reset.
    pub(in crate::tracer) fn restore_sigtrap(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        let is_blocked = self.blocking.contains(task.tid());
        if !is_blocked && process.signals.has_default() {
            return Ok(());
        }
        let memory = self.spaces.memory(process.space, task.tid())?;
        process.signals.after_breakpoint(task, is_blocked, memory)
    }

    /// Does another process live in this address space that has not reached this site?
    fn is_needed_by_others(&self, id: ProcessId, space: SpaceId, at: SiteRef) -> bool {
        let mut others = self.processes.values().filter(|process| process.space == space && process.id != id);
        others.any(|process| !self.recorder.has_hit(&process.record, at))
    }

    /// If the task was to make a step, its breakpoint is inserted again. True if the stop is the end of the step,
    /// and nothing else.
    pub(in crate::tracer) fn stepped(&mut self, id: ProcessId, task: &Stopped, stop: Stop) -> bool {
        if self.releasing && stop != Stop::Signal(libc::SIGTRAP) {
            // The step may have been made, and be told of next.
            return false;
        }
        let Some(step) = self.steps.remove(&task.tid()) else { return false };
        if let Some(space) = self.processes.get(&id).map(|process| process.space) {
            let inserted = match step {
                Step::Site(at) => self.spaces.insert(space, task.tid(), at),
                Step::EntryHook(watch) => self.spaces.insert_entry_hook(space, task.tid(), watch),
            };
            self.report(task.tid(), inserted);
        }
        if stop != Stop::Signal(libc::SIGTRAP) {
            return false;
        }
        let Ok(info) = task.signal_info() else { return false };
        // The end of a step is forced as a breakpoint is.
        let is_end = info.is_step() || self.blocking.stand_in(task.tid(), &info);
        if is_end {
            let kept = self.restore_sigtrap(id, task);
            self.report(task.tid(), kept);
        }
        is_end
    }

    /// The program is about to get a SIGTRAP of its own. Gives the signal to resume it with.
    fn own_sigtrap(&mut self, id: ProcessId, task: &Stopped) -> Result<i32> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(libc::SIGTRAP) };
        if self.spaces.is_empty(process.space) {
            // No breakpoint of ours can reset anything.
            return Ok(libc::SIGTRAP);
        }
        let info = task.signal_info()?;
        process.has_hardware_breakpoints |= info.is_hardware_breakpoint();
        let memory = self.spaces.memory(process.space, task.tid())?;
        process.signals.before_delivery(task, memory, info)
    }
}
