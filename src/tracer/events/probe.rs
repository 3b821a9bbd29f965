//! Functions of the recorder's probe that are called in the program, and the questions that the probe asks.

use crate::ptrace::{Result, Stop, write_data};
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::probe_layout::{answer, process, thread_writes};
use crate::tracer::recorder::{ChildLogPlace, Recorder};
use crate::tracer::sites::SiteRef;
use crate::tracer::spaces::OtherTasks;
use crate::tracer::spaces::entry_hooks::{EntryHook, HookPurpose, Probe, ProbeBreakpoint};
use crate::tracer::stop::StopContext;
use crate::tracer::tasks::Step;

impl<R: Recorder> StopContext<'_, R> {
    /// The task has run into a breakpoint of the probe or of its hooks, where a site may be too. False if it
    /// has not.
    pub fn probe_breakpoint(&mut self, breakpoint: ProbeBreakpoint, site: Option<SiteRef>) -> Result<bool> {
        if !self.is_breakpoint()? {
            return Ok(false);
        }
        match breakpoint {
            ProbeBreakpoint::Entry(hook) => {
                if let Some(at) = site {
                    self.recorder.hit(&mut self.process.record, at);
                }
                self.enter_hooked_function(hook)?;
            }
            ProbeBreakpoint::Returned => self.call_probe()?,
            ProbeBreakpoint::Done => self.end_probe_call(false)?,
            ProbeBreakpoint::Asked => self.answer()?,
        }
        self.restore_sigtrap()?;
        Ok(true)
    }

    /// The task is at the entry of a hooked function: writes the probe, and makes the function return to it.
    fn enter_hooked_function(&mut self, hook: EntryHook) -> Result<()> {
        // Whatever fails after this, the task must not continue behind the breakpoint.
        self.task.set_program_counter(hook.address)?;
        let done = match hook.purpose {
            _ if self.is_releasing => Ok(()),
            HookPurpose::StartProbe => self.redirect_return(),
            HookPurpose::CallProbe => self.call_probe_at_entry(hook),
            HookPurpose::Context(number) => self.change_context(number, hook),
        };
        // The task passes the entry when it has called the probe.
        let passed = if self.state.entered.is_some() { Ok(()) } else { self.pass_entry(hook) };
        done.and(passed)
    }

    /// The task is at the entry of a function whose calls may begin a context. If this one does, what is hit
    /// counts again: the counts go to the recorder, every breakpoint is inserted again, and the probe is
    /// called.
    fn change_context(&mut self, number: usize, hook: EntryHook) -> Result<()> {
        let call = self.task.arguments()?;
        let is_shared = self.spaces.is_shared(self.process.space);
        let memory = self.spaces.open(self.process.space, self.task.tid(), self.others)?.memory();
        let is_alone = self.others == OtherTasks::Stopped;
        let Some(mark) =
            self.recorder.change_context(&mut self.process.record, number, call, memory, is_alone)
        else {
            return Ok(());
        };
        let Some(mut opened) = self.open_to_insert()? else { return Ok(()) };
        opened.reinsert(false)?;
        // A process that shares its memory has no probe of its own there.
        let probe = if is_shared { None } else { opened.verified_probe()? };
        let Some(probe) = probe else { return Ok(()) };
        opened.memory().write(probe.process + process::CONTEXT, &mark.to_le_bytes())?;
        self.begin_probe_call(probe.begin_context, probe.done)?;
        self.state.entered = Some(hook);
        Ok(())
    }

    fn redirect_return(&mut self) -> Result<()> {
        let Some(probe) = self.probe_or_write_one()? else { return Ok(()) };
        let memory = self.spaces.open(self.process.space, self.task.tid(), self.others)?.memory();
        if let Some(original) = self.task.redirect_return(probe.returned, memory)? {
            let hooks = self.spaces.get_mut(self.process.space).entry_hooks();
            hooks.expect_return(original.stack_pointer, original.address);
        }
        Ok(())
    }

    /// The task is at the entry of a function at whose calls the probe is called.
    fn call_probe_at_entry(&mut self, hook: EntryHook) -> Result<()> {
        // Another process may share the memory after vfork(2).
        if self.spaces.is_shared(self.process.space) {
            return Ok(());
        }
        let Some(probe) = self.probe_or_write_one()? else { return self.drop_entry_hook(hook) };
        self.begin_probe_call(probe.start, probe.done)?;
        self.state.entered = Some(hook);
        Ok(())
    }

    /// Nothing is to be done at the calls of a function any more.
    fn drop_entry_hook(&mut self, hook: EntryHook) -> Result<()> {
        let mut opened = self.open()?;
        opened.remove_entry_hook(hook)?;
        opened.entry_hooks().forget(hook);
        Ok(())
    }

    /// The probe has been called at the entry of a function, where the task is: lets that be called from now
    /// on without a breakpoint, if that is possible; or not at all, if the probe has said so.
    fn settle_entry(&mut self, hook: EntryHook, answer: u64) -> Result<()> {
        let is_alone = self.others == OtherTasks::Stopped && self.tree.count_tasks(self.process.id) == 1;
        match answer {
            answer::NOT_YET => self.pass_entry(hook),
            _ if self.is_releasing => self.pass_entry(hook),
            answer::NEVER => self.drop_entry_hook(hook),
            answer::EACH_TIME if is_alone && self.open()?.install_detour(hook)? => Ok(()),
            _ => self.pass_entry(hook),
        }
    }

    /// The task continues without forkcov: removes the detour, if no other task can be at it. What stays
    /// calls a probe that does nothing.
    pub fn remove_detour(&mut self) -> Result<()> {
        let space = self.process.space;
        let is_alone = self.tree.count_tasks(self.process.id) == 1 && !self.spaces.is_shared(space);
        if !is_alone || !self.spaces.get(space).has_detour() {
            return Ok(());
        }
        let mut opened = self.open()?;
        let memory = opened.memory();
        opened.entry_hooks().remove_detour(memory)
    }

    /// The probe of the address space. If there is none yet, the recorder writes one.
    fn probe_or_write_one(&mut self) -> Result<Option<Probe>> {
        let space = self.process.space;
        if let Some(probe) = self.spaces.get(space).probe() {
            return Ok(Some(probe));
        }
        let mut opened = self.spaces.open(space, self.task.tid(), self.others)?;
        let probe = self.recorder.probe(&mut self.process.record, self.task, opened.memory());
        if let Some(probe) = probe {
            opened.entry_hooks().set_probe(probe);
            opened.memory().write(probe.process, &new_process_state(self.process.id, None))?;
        }
        Ok(probe)
    }

    /// Makes the task continue behind the breakpoint at a function's entry. That is not removed if it can be
    /// avoided, since another thread could pass meanwhile.
    fn pass_entry(&mut self, hook: EntryHook) -> Result<()> {
        let memory = self.spaces.open(self.process.space, self.task.tid(), self.others)?.memory();
        if self.task.emulate_first_instruction(hook.address, hook.original, memory)? {
            return Ok(());
        }
        self.open()?.remove_entry_hook(hook)?;
        self.state.step = Some(Step::EntryHook(hook));
        Ok(())
    }

    /// A hooked function has returned: calls the probe's.
    fn call_probe(&mut self) -> Result<()> {
        let stack = self.task.stack_pointer()?;
        let space = self.spaces.get_mut(self.process.space);
        let caller = space.entry_hooks().take_caller(stack);
        let (Some(caller), Some(probe)) = (caller, space.probe()) else { return Ok(()) };
        self.task.set_program_counter(caller)?;
        if self.is_releasing { Ok(()) } else { self.begin_probe_call(probe.start, probe.done) }
    }

    fn begin_probe_call(&mut self, function: u64, back: u64) -> Result<()> {
        let memory = self.spaces.open(self.process.space, self.task.tid(), self.others)?.memory();
        let saved = self.task.begin_call(function, back, memory)?;
        self.state.probe_call = Some(Box::new(saved));
        Ok(())
    }

    /// With `has_failed`, the function has not returned, and never will.
    fn end_probe_call(&mut self, has_failed: bool) -> Result<()> {
        let answer = if has_failed { answer::NEVER } else { self.task.result()? };
        self.state.probe_call.take().map_or(Ok(()), |saved| self.task.end_call(*saved))?;
        match self.state.entered.take() {
            Some(hook) if hook.purpose == HookPurpose::CallProbe => self.settle_entry(hook, answer),
            Some(hook) => self.pass_entry(hook),
            None => Ok(()),
        }
    }

    fn answer(&mut self) -> Result<()> {
        let question = self.task.arguments()?;
        let memory = self.spaces.open(self.process.space, self.task.tid(), self.others)?.memory();
        let is_alone = self.others == OtherTasks::Stopped;
        let answer = self.recorder.asked(&mut self.process.record, self.task, question, memory, is_alone);
        self.task.set_result(answer.result)?;
        if answer.changes_context
            && let Some(mut opened) = self.open_to_insert()?
        {
            opened.reinsert(false)?;
        }
        self.task.pass_breakpoint()
    }

    /// True if the task has stopped by a SIGBUS because the log of the probe had been made shorter, and can
    /// continue.
    pub fn restores_log(&mut self, stop: Stop) -> bool {
        stop == Stop::Signal(libc::SIGBUS) && self.recorder.restore_log(&mut self.process.record)
    }

    /// True if the task has stopped by a fault in the probe's function. That signal is not the program's: it
    /// continues as if the function had returned.
    pub fn probe_failed(&mut self, stop: Stop) -> bool {
        let Stop::Signal(
            signal @ (libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE | libc::SIGSYS),
        ) = stop
        else {
            return false;
        };
        if self.state.probe_call.is_none() {
            return false;
        }
        let ended = self.end_probe_call(true);
        self.report(ended);
        self.recorder.probe_failed(&mut self.process.record, self.process.pid, signal);
        true
    }

    /// The task has made a thread, which has not run yet: counts it for the probe, and writes the words that
    /// the probe has asked for.
    pub fn count_thread_for_probe(&mut self) -> Result<()> {
        let Some(probe) = self.spaces.get(self.process.space).probe() else { return Ok(()) };
        let memory = self.open()?.memory();
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

    /// A new process has nothing but a copy of its parent's probe, and a log: resets the probe's state, which
    /// is all that is to be done. False if that is not so, or cannot be done.
    pub fn reset_probe_alone(&mut self) -> bool {
        let space = self.process.space;
        let probe = self.spaces.get(space).probe_alone();
        let Some(probe) = probe.filter(|_| !self.is_releasing && !self.spaces.is_shared(space)) else {
            return false;
        };
        let Some(log) = self.recorder.probe_copied(&mut self.process.record) else { return false };
        let state = new_process_state(self.process.id, Some(log));
        write_data(self.tid(), probe.process, &state).is_ok()
    }

    /// A new process has a copy of its parent's probe: resets the copy's state, and calls its function for
    /// children.
    pub fn reset_probe_in_child(&mut self) -> Result<()> {
        let space = self.process.space;
        if self.spaces.is_shared(space) || self.spaces.get(space).probe().is_none() {
            return Ok(());
        }
        let mut opened = self.spaces.open(space, self.task.tid(), self.others)?;
        let Some(probe) = opened.verified_probe()? else { return Ok(()) };
        let memory = opened.memory();
        let log = self.recorder.probe_copied(&mut self.process.record);
        memory.write(probe.process, &new_process_state(self.process.id, log))?;
        let mut fork_flag = [0; 4];
        memory.read(probe.fork_flag, &mut fork_flag)?;
        if fork_flag == [0; 4] && !self.is_releasing {
            self.begin_probe_call(probe.after_fork, probe.done)?;
        }
        Ok(())
    }
}

/// The state that a probe keeps of a process, for a new process: all locks are free (a thread that the
/// process does not have may have held one), and no thread has begun. Its log may have a place already.
fn new_process_state(id: ProcessId, log: Option<ChildLogPlace>) -> [u8; process::SIZE as usize] {
    let mut state = [0; process::SIZE as usize];
    let mut put = |at: u64, number: u32| {
        state[at as usize..][..size_of_val(&number)].copy_from_slice(&number.to_le_bytes())
    };
    put(process::NUMBER, id.0 as u32 + 1);
    if let Some(ChildLogPlace { place, log }) = log {
        put(process::PLACE, place + 1);
        put(process::LOG_NUMBER, log + 1);
    }
    state
}
