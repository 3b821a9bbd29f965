//! Writes that a stop has cut short.
//!
//! A write into a pipe, a socket or a terminal waits for room. If its task is interrupted meanwhile, the call
//! returns how much it has written until then. No signal has come that the program could know of, so it is
//! made to write the rest: the call is made again, for what is left, and returns the sum.

use super::{Memory, Result, Stop, Stopped, Tid};
use crate::machine;
use std::fs;
use std::os::unix::fs::FileTypeExt;

/// A write, the rest of which is being written.
#[derive(Debug)]
pub struct CutWrite {
    /// The registers with which the call returned.
    returned: machine::Registers,
    /// Has the task entered the call for the rest?
    is_entered: bool,
}

impl Stopped {
    /// Makes a task that was interrupted write the rest, if that has cut a write short. It is to be resumed
    /// by [`Stopped::resume_to_syscall`], until [`CutWrite::exits`].
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn continue_cut_write(&self, memory: &Memory) -> Result<Option<CutWrite>> {
        let returned = self.registers()?;
        let Some(descriptor) = machine::cut_write(&returned) else { return Ok(None) };
        let mut code = vec![0; machine::SYSCALL_INSTRUCTION.len()];
        memory.read(machine::syscall_before(&returned), &mut code)?;
        // A call that will be made again has not returned.
        if code != machine::SYSCALL_INSTRUCTION || !can_wait(self.tid(), descriptor) {
            return Ok(None);
        }
        self.set_registers(machine::write_rest(&returned))?;
        Ok(Some(CutWrite { returned, is_entered: false }))
    }

    /// Did it stop at the entry or exit of a system call, where [`Stopped::resume_to_syscall`] leads?
    fn is_at_syscall(&self, stop: Stop) -> Result<bool> {
        Ok(stop == Stop::Signal(libc::SIGTRAP) && self.signal_info()?.is_of_syscall())
    }
}

impl CutWrite {
    /// The task has stopped. True if it did so at the entry of the call.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn enters(&mut self, task: &Stopped, stop: Stop) -> Result<bool> {
        let enters = !self.is_entered && task.is_at_syscall(stop)?;
        self.is_entered |= enters;
        Ok(enters)
    }

    /// The same for its exit. Then the call returns the sum.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn exits(&self, task: &Stopped, stop: Stop) -> Result<bool> {
        let exits = self.is_entered && task.is_at_syscall(stop)?;
        if exits {
            // An error is one of the rest: the first part was written.
            let rest = machine::syscall_result(&task.registers()?).max(0).cast_unsigned();
            self.finish(task, rest)?;
        }
        Ok(exits)
    }

    /// The rest is not written, since something else comes before: the call returns what it did.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn abandon(self, task: &Stopped) -> Result<()> {
        self.finish(task, 0)
    }

    /// Other registers can have changed meanwhile: that with the base of counters.
    fn finish(&self, task: &Stopped, more: u64) -> Result<()> {
        let mut registers = task.registers()?;
        machine::add_written(&mut registers, &self.returned, more);
        task.set_registers(registers)
    }
}

/// Is the file of a descriptor of the task one that a write waits for? A regular file writes all, or has a
/// reason not to.
fn can_wait(tid: Tid, descriptor: u64) -> bool {
    let file = fs::metadata(format!("/proc/{tid}/fd/{descriptor}"));
    file.is_ok_and(|file| {
        let kind = file.file_type();
        kind.is_fifo() || kind.is_socket() || kind.is_char_device()
    })
}
