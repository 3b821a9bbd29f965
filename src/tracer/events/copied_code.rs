//! A task has run into a breakpoint or jump of forkcov's in a copy that the program has made of its own code.
//! The copy gets the program's bytes back, and the task continues where it would be without forkcov.

use crate::machine::breakpoint_at;
use crate::ptrace::{Result, mapped_regions};
use crate::tracer::recorder::Recorder;
use crate::tracer::spaces::CopiedCode;
use crate::tracer::stop::StopContext;

impl<R: Recorder> StopContext<'_, R> {
    /// The task was stopped by SIGTRAP where forkcov has inserted nothing. True if it ran into a breakpoint
    /// in a copy, and can continue.
    pub fn is_copied_breakpoint(&mut self) -> Result<bool> {
        let space = self.spaces.get(self.process.space);
        if !space.has_sites() || !self.task.signal_info()?.is_breakpoint() {
            return Ok(false);
        }
        let address = breakpoint_at(self.task.program_counter()?);
        let is_copied = self.answer_copy(address, Self::copied_breakpoint)?;
        if is_copied {
            self.restore_sigtrap()?;
        }
        Ok(is_copied)
    }

    /// The task was stopped by a signal that reports a fault. True if a jump in a copy is the cause, and the
    /// task can continue.
    pub fn is_copied_jump(&mut self) -> Result<bool> {
        if !self.spaces.get(self.process.space).has_code() || self.task.signal_info()?.is_sent() {
            return Ok(false);
        }
        let address = self.task.program_counter()?;
        self.answer_copy(address, Self::copied_jump)
    }

    fn copied_breakpoint(&mut self, address: u64) -> Result<Option<CopiedCode>> {
        let regions = mapped_regions(self.tid());
        let opened = self.open()?;
        // A jump can have led to a breakpoint that happens to be there.
        Ok(opened.copied_breakpoint(&regions, address).or_else(|| opened.copied_jump(&regions, address)))
    }

    fn copied_jump(&mut self, address: u64) -> Result<Option<CopiedCode>> {
        let regions = mapped_regions(self.tid());
        let opened = self.open()?;
        Ok(opened.copied_jump(&regions, address).or_else(|| opened.copied_jump_at(&regions, address)))
    }

    /// The task has stopped at `address`. If `find` finds that this is for a copy, the copy gets the original
    /// bytes, and the task continues there.
    fn answer_copy(
        &mut self,
        address: u64,
        find: fn(&mut Self, u64) -> Result<Option<CopiedCode>>,
    ) -> Result<bool> {
        if self.spaces.get(self.process.space).covers(address) {
            return Ok(false);
        }
        let mut opened = self.open()?;
        let memory = opened.memory();
        if let Some(resumed) = opened.copy_answers().resume_at(address, memory)? {
            // Another thread has run into the same before.
            self.task.set_program_counter(resumed)?;
            return Ok(true);
        }
        if !opened.copy_answers().may_search() {
            return Ok(false);
        }
        let Some(copied) = find(self, address)? else {
            self.open()?.copy_answers().count_vain_search();
            return Ok(false);
        };
        let task = self.task;
        let mut opened = self.open()?;
        for place in &copied.restored {
            opened.memory().write_anywhere(task, place.address, &place.bytes)?;
        }
        opened.copy_answers().note(copied.restored);
        task.set_program_counter(copied.address)?;
        self.recorder.ran_copy(copied.object);
        Ok(true)
    }
}
