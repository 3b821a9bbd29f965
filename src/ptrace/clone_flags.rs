//! How fork(2), vfork(2) and clone(2) make a task.

use super::{Result, Stopped};
use crate::machine;

/// The flags of clone(2) that matter to who shares what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CloneFlags {
    /// CLONE_THREAD: the child is a thread of its parent's process.
    pub thread: bool,
    /// CLONE_VM: the child runs in its parent's address space.
    pub shares_memory: bool,
    /// All of them, as they were given.
    pub bits: u64,
    /// CLONE_SIGHAND: the actions of signals are one for both. Otherwise the child has a copy of them.
    pub shares_actions: bool,
    /// CLONE_CLEAR_SIGHAND: no signal is caught in the child.
    pub clears_actions: bool,
}

impl Stopped {
    /// The flags of the fork, vfork, clone or clone3 that it is in; to be asked at that event's stop.
    /// `read` reads from its address space. The kind of event alone does not tell: a fork event comes from any
    /// clone(2) whose exit signal is SIGCHLD, with CLONE_VM too.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn clone_flags(&self, read: impl FnOnce(u64, &mut [u8]) -> Result<()>) -> Result<CloneFlags> {
        // Of clone3 alone; libc's is too narrow for it.
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
            libc::SYS_vfork => (libc::CLONE_VM | libc::CLONE_VFORK) as u64,
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
