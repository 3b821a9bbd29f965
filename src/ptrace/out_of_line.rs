//! What a tracee needs to run out-of-line code: a base register for its counters, and state that does not
//! show where it runs.

use super::inject::wait_for;
use super::{Result, Stopped};
use crate::machine::blocks::COUNTER_BASE;
use crate::machine::{self, STACK_POINTER};

impl Stopped {
    /// Sets the base address of the task's counters, in a register that programs do not use.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_counter_base(&self, base: u64) -> Result<()> {
        self.poke("set the base of the counters", COUNTER_BASE, base)
    }

    /// Makes a task that is in an out-of-line copy continue at `original`, the same place in the original
    /// code. `return_pushed`: the copy has already pushed a return address; that is undone.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn exit_trampoline(&self, original: u64, return_pushed: bool) -> Result<()> {
        if return_pushed {
            let stack = machine::stack_after_return(self.stack_pointer()?);
            self.poke("set the stack pointer", STACK_POINTER, stack)?;
        }
        self.set_program_counter(original)
    }

    /// If the pending signal was raised for the instruction at `from`, makes it report `to` instead.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn relocate_fault(&self, from: u64, to: u64) -> Result<()> {
        let info = self.signal_info()?;
        match info.with_address(from, to) {
            Some(info) => self.set_signal_info(info),
            None => Ok(()),
        }
    }

    /// Resumes a task that is in a system call up to the call's exit. The call must have nothing left to do.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn finish_syscall(&self) -> Result<()> {
        self.resume_to_syscall()?;
        wait_for(self.tid()).map(drop)
    }
}
