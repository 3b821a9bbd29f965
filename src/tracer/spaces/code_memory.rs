//! The memory of an address space, and whether tasks run in it while its code is written.

use crate::ptrace::Memory;
use std::ops::Deref;

/// What the tasks of an address space do while its code is written, but for the one that is handled, which is
/// in a ptrace stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherTasks {
    /// None runs the program's code: there is none, or each is in a ptrace stop, or waits in vfork(2).
    Stopped,
    /// One may be at any instruction, in the code that is written, too.
    Running,
}

/// An address space whose code is to be written.
#[derive(Debug, Clone, Copy)]
pub struct CodeMemory<'m> {
    pub memory: &'m Memory,
    pub others: OtherTasks,
}

impl Deref for CodeMemory<'_> {
    type Target = Memory;

    fn deref(&self) -> &Memory {
        self.memory
    }
}
