//! A part of a process's memory that is being edited: read and written by one system call each.

use crate::machine::{BREAKPOINT_LENGTH, Patch};
use crate::ptrace::{Memory, Result};
use std::ops::Range;

/// The bytes of some addresses.
pub struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// Reads the bytes of these addresses.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn read(memory: &Memory, range: Range<u64>) -> Result<Self> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        memory.read(range.start, &mut bytes)?;
        Ok(Self { start: range.start, bytes })
    }

    /// Writes them back.
    ///
    /// # Errors
    /// As [`Memory::write`].
    pub fn write(self, memory: &Memory) -> Result<()> {
        memory.write(self.start, &self.bytes)
    }

    /// The `length` bytes at `address`, which are in the window.
    pub fn at(&mut self, address: u64, length: usize) -> &mut [u8] {
        &mut self.bytes[(address - self.start) as usize..][..length]
    }

    /// The code at `address` that a breakpoint there would replace.
    pub fn patch(&mut self, address: u64) -> Patch {
        let mut bytes = [0; BREAKPOINT_LENGTH];
        bytes.copy_from_slice(self.at(address, BREAKPOINT_LENGTH));
        Patch(bytes)
    }

    /// Sets that code.
    pub fn set_patch(&mut self, address: u64, patch: Patch) {
        self.at(address, BREAKPOINT_LENGTH).copy_from_slice(&patch.0);
    }

    /// Removes the breakpoint at `address`, if there is one.
    pub fn clear(&mut self, address: u64, original: Patch) {
        if self.patch(address).is_breakpoint() {
            self.set_patch(address, original);
        }
    }
}
