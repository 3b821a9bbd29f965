//! Processes that are not to be looked into (PR_SET_DUMPABLE of prctl(2)): only with CAP_SYS_PTRACE can their memory be
//! opened, or be read by ptrace(2), even by their tracer. Memory that was opened before stays open; but a child that
//! is forked has new memory, with the same attribute.

use super::{Error, Memory, Result, Stopped, inject};
use crate::machine;
use nix::errno::Errno;

impl Memory {
    /// Opens the address space of a task at its first stop, which is just behind the system call that made it. If it
    /// is not to be looked into, it is made to allow that for a moment.
    ///
    /// # Errors
    /// As [`Memory::open`].
    pub fn open_at_first_stop(task: &Stopped) -> Result<Self> {
        let refused = match Self::open(task.tid()) {
            Err(error @ Error::Failed { errno: Errno::EACCES | Errno::EPERM, .. }) => error,
            other => return other,
        };
        if prctl(task, libc::PR_GET_DUMPABLE, 0)? == 1 {
            return Err(refused);
        }
        prctl(task, libc::PR_SET_DUMPABLE, 1)?;
        let memory = Self::open(task.tid());
        prctl(task, libc::PR_SET_DUMPABLE, 0)?;
        memory
    }
}

/// prctl(2) in the name of a task that stands behind a system call instruction, and is left there.
fn prctl(task: &Stopped, option: i32, value: u64) -> Result<i64> {
    let registers = task.registers()?;
    let instruction = machine::syscall_before(&registers);
    let arguments = [u64::from(option.cast_unsigned()), value, 0, 0, 0, 0];
    let call = machine::prepare_syscall(&registers, instruction, libc::SYS_prctl, arguments);
    let outcome = inject::run(task, call, inject::InjectionMode::Syscall);
    task.set_registers(registers)?;
    outcome
}
