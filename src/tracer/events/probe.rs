//! Functions of a recorder's probe called within the program, and what they ask.

use crate::ptrace::{OriginalReturn, Result, Stop, Stopped, Tid};
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::probe_layout::{process, thread_writes};
use crate::tracer::process::Recorder;
use crate::tracer::sites::SiteRef;
use crate::tracer::spaces::SpaceId;
use crate::tracer::spaces::entry_hooks::{EntryHook, ProbeBreakpoint};
use crate::tracer::{Step, Tracer};

impl<R: Recorder> Tracer<R> {
    /// A task has run into a breakpoint that belongs to the probe, where a site may be too. False if it has not.
    pub(in crate::tracer) fn probe_trap(
        &mut self,
        id: ProcessId,
        task: &Stopped,
        trap: ProbeBreakpoint,
        site: Option<SiteRef>,
    ) -> Result<bool> {
        if !self.blocking.is_breakpoint(task)? {
            return Ok(false);
        }
        match trap {
            ProbeBreakpoint::Entry(watch) => {
                if let (Some(at), Some(process)) = (site, self.processes.get_mut(&id)) {
                    self.recorder.hit(&mut process.record, at);
                }
                self.enter_hooked(id, task, watch)?;
            }
            ProbeBreakpoint::Returned => self.call_probe(id, task)?,
            ProbeBreakpoint::Done => self.end_probe_call(task)?,
            ProbeBreakpoint::Asked => self.answer(id, task)?,
        }
        self.restore_sigtrap(id, task)?;
        Ok(true)
    }

    /// The entry of a watched function: puts the probe there, and makes the function return to that.
    fn enter_hooked(&mut self, id: ProcessId, task: &Stopped, watch: EntryHook) -> Result<()> {
        let Some(space) = self.processes.get(&id).map(|process| process.space) else { return Ok(()) };
        // Whatever fails now, the task must not go on behind the breakpoint.
        task.set_program_counter(watch.address)?;
        let expected = if self.releasing { Ok(()) } else { self.expect_return(id, task) };
        let passed = self.step_past_entry(space, task, watch);
        expected.and(passed)
    }

    fn expect_return(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        let (space, tid) = (process.space, task.tid());
        let probe = match self.spaces.probe(space) {
            Some(probe) => probe,
            None => {
                let memory = self.spaces.memory(space, tid)?;
                let Some(probe) = self.recorder.probe(&mut process.record, task, memory) else {
                    return Ok(());
                };
                self.spaces.set_probe(space, probe);
                self.spaces.memory(space, tid)?.write(probe.process, &new_process_state(id))?;
                probe
            }
        };
        let memory = self.spaces.memory(space, tid)?;
        if let Some(OriginalReturn { address: caller, stack_pointer: stack }) =
            task.redirect_return(probe.returned, memory)?
        {
            self.spaces.expect(space, stack, caller);
        }
        Ok(())
    }

    /// Makes the task go on behind a breakpoint. Where another thread can come by meanwhile it must not be removed.
    fn step_past_entry(&mut self, space: SpaceId, task: &Stopped, watch: EntryHook) -> Result<()> {
        let memory = self.spaces.memory(space, task.tid())?;
        if task.emulate_first_instruction(watch.address, watch.original, memory)? {
            return Ok(());
        }
        self.spaces.remove_entry_hook(space, task.tid(), watch)?;
        self.steps.insert(task.tid(), Step::EntryHook(watch));
        Ok(())
    }

    /// A watched function has returned: calls the probe's.
    fn call_probe(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(space) = self.processes.get(&id).map(|process| process.space) else { return Ok(()) };
        let stack = task.stack_pointer()?;
        let (Some(caller), Some(probe)) = (self.spaces.caller(space, stack), self.spaces.probe(space)) else {
            return Ok(());
        };
        task.set_program_counter(caller)?;
        if !self.releasing {
            let diverted =
                task.begin_call(probe.start, probe.done, self.spaces.memory(space, task.tid())?)?;
            self.calls.insert(task.tid(), diverted);
        }
        Ok(())
    }

    fn end_probe_call(&mut self, task: &Stopped) -> Result<()> {
        self.calls.remove(&task.tid()).map_or(Ok(()), |diverted| task.end_call(diverted))
    }

    /// Answers a question of the probe's.
    fn answer(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let question = task.arguments()?;
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        let memory = self.spaces.memory(process.space, task.tid())?;
        let answer = self.recorder.asked(&mut process.record, process.pid, question, memory);
        task.set_result(answer)
    }

    /// True if a signal that the probe's function has raised, by a fault of its own, is the reason of a stop: that is not
    /// the program's, which goes on as if the function had returned.
    pub(in crate::tracer) fn probe_failed(&mut self, id: ProcessId, task: &Stopped, stop: Stop) -> bool {
        let Stop::Signal(
            signal @ (libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE | libc::SIGSYS),
        ) = stop
        else {
            return false;
        };
        let Some(diverted) = self.calls.remove(&task.tid()) else { return false };
        let ended = task.end_call(diverted);
        self.report(task.tid(), ended);
        if let Some(process) = self.processes.get_mut(&id) {
            self.recorder.probe_failed(&mut process.record, process.pid, signal);
        }
        true
    }

    /// Tells the probe that a thread has been born, and has not run yet.
    pub(in crate::tracer) fn announce_thread(&mut self, space: SpaceId, tid: Tid) -> Result<()> {
        let Some(probe) = self.spaces.probe(space) else { return Ok(()) };
        let memory = self.spaces.memory(space, tid)?;
        let count = memory.word(probe.threads + thread_writes::COUNT)?.min(thread_writes::MOST);
        if count == 0 {
            return Ok(());
        }
        let counter = probe.process + process::THREADS_BORN;
        let mut born = [0; 4];
        memory.read(counter, &mut born)?;
        memory.write(counter, &(u32::from_le_bytes(born).wrapping_add(1)).to_le_bytes())?;
        let first = probe.threads + thread_writes::FIRST;
        for entry in (0..count).map(|index| first + index * thread_writes::STRIDE) {
            let place = memory.word(entry + thread_writes::PLACE)?;
            let value = memory.word(entry + thread_writes::VALUE)?;
            let former = memory.word(entry + thread_writes::FORMER)?;
            let before = memory.word(place)?;
            if before != value {
                memory.write(former, &before.to_le_bytes())?;
                memory.write(place, &value.to_le_bytes())?;
            }
        }
        Ok(())
    }

    /// Tells the copy of the probe in a new process whose it is.
    pub(in crate::tracer) fn set_probe_process(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let tid = task.tid();
        let Some(space) = self.processes.get(&id).map(|process| process.space) else { return Ok(()) };
        if self.spaces.is_shared(space) {
            return Ok(());
        }
        match self.spaces.verified_probe(space, tid)? {
            Some(probe) => {
                let memory = self.spaces.memory(space, tid)?;
                memory.write(probe.process, &new_process_state(id))?;
                let mut forking = [0; 4];
                memory.read(probe.forking, &mut forking)?;
                if forking == [0; 4] && !self.releasing {
                    let diverted = task.begin_call(probe.forked, probe.done, memory)?;
                    self.calls.insert(tid, diverted);
                }
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// The state that a probe keeps of a process, for a new process: all locks are free (a thread that the process does not
/// have may have held one), and no thread is born.
fn new_process_state(id: ProcessId) -> [u8; process::SIZE as usize] {
    let mut state = [0; process::SIZE as usize];
    let number = id.0 as u32 + 1;
    state[process::NUMBER as usize..][..size_of_val(&number)].copy_from_slice(&number.to_le_bytes());
    state
}
