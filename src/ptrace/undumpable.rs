//! Undumpable processes (PR_SET_DUMPABLE of prctl(2)). Even their tracer can open their memory, or read it by
//! ptrace(2), only with CAP_SYS_PTRACE. Memory that was opened before stays open. But a forked child has new
//! memory, and inherits the attribute.

use super::{Error, Memory, Result, Stopped, inject};
use crate::machine;
use nix::errno::Errno;

impl Memory {
    /// Opens the address space of a task at its first stop, which is right behind the system call that
    /// created it. An undumpable task is made dumpable for that moment.
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

/// Injects prctl(2) into a task that is right behind a system call instruction, and leaves it there.
fn prctl(task: &Stopped, option: i32, value: u64) -> Result<i64> {
    let registers = task.registers()?;
    let instruction = machine::syscall_before(&registers);
    let arguments = [u64::from(option.cast_unsigned()), value, 0, 0, 0, 0];
    let call = machine::prepare_syscall(&registers, instruction, libc::SYS_prctl, arguments);
    let outcome = inject::run(task, call, inject::InjectionMode::Syscall);
    task.set_registers(registers)?;
    outcome
}
