//! What a new task shares with its creator.

use super::{Result, Stopped};
use crate::machine;

/// The flags of clone(2) that say what the new task shares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CloneFlags {
    /// CLONE_THREAD: the child is a thread of its parent's process.
    pub thread: bool,
    /// CLONE_VM: the child runs in its parent's address space.
    pub shares_memory: bool,
    /// All flags as they were passed.
    pub bits: u64,
    /// CLONE_SIGHAND: both share their signal actions. Otherwise the child gets a copy.
    pub shares_actions: bool,
    /// CLONE_CLEAR_SIGHAND: every caught signal gets its default action in the child.
    pub clears_actions: bool,
}

impl Stopped {
    /// The flags of the fork, vfork, clone or clone3 call that the task is in. Valid at the stop of that
    /// event only. `read` reads from the task's address space. The event does not suffice: clone(2) with
    /// SIGCHLD as the exit signal is reported as a fork, with CLONE_VM, too.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn clone_flags(&self, read: impl FnOnce(u64, &mut [u8]) -> Result<()>) -> Result<CloneFlags> {
        // For clone3 only; the constant in libc has 32 bits.
        const CLONE_CLEAR_SIGHAND: u64 = 1 << 32;
        let (number, argument) = machine::current_syscall(&self.registers()?);
        let flags = match number {
            libc::SYS_clone => argument,
            libc::SYS_clone3 => {
                // clone_args.flags is its first member (clone(2)).
                let mut flags = [0; 8];
                read(argument, &mut flags)?;
                u64::from_ne_bytes(flags)
            }
            number if machine::is_vfork(number) => (libc::CLONE_VM | libc::CLONE_VFORK) as u64,
            _ => 0,
        };
        Ok(CloneFlags {
            thread: flags & libc::CLONE_THREAD as u64 != 0,
            shares_memory: flags & libc::CLONE_VM as u64 != 0,
            bits: flags,
            shares_actions: flags & libc::CLONE_SIGHAND as u64 != 0,
            clears_actions: flags & CLONE_CLEAR_SIGHAND != 0,
        })
    }
}
