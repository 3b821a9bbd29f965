//! The trampolines of an address space, and the memory in which they are installed.
//!
//! Out-of-line code is in memory of its own near the original code, from where a jump leads to it. Counters are relative
//! to a register that programs do not use, so that a forked child has counters of its own as soon as that register is
//! set. A jump is longer than a breakpoint. It can be written and removed only while no task runs in the address
//! space, so only address spaces in which one task runs at a time have trampolines.

use crate::machine::{BREAKPOINT_LENGTH, OutOfLineCode, Patch};
use crate::ptrace::{Memory, Result};
use fixedbitset::FixedBitSet;
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

/// Which sites of a mapped object have detours.
#[derive(Debug, Clone, Default)]
pub(in crate::tracer) struct Detouring {
    pub copies: Option<OutOfLineCode>,
    /// None are taken, whatever there is.
    pub is_off: bool,
    /// Sites at which a jump stands, instead of a breakpoint.
    pub taken: FixedBitSet,
    /// Sites that get a breakpoint, whatever there is.
    pub barred: FixedBitSet,
    /// Has any process taken detours that has its memory from where this one has it?
    pub is_taken_by_kin: Rc<Cell<bool>>,
}

impl Detouring {
    /// The jump at `site`, if there was one, has been taken away.
    pub fn forget(&mut self, site: usize) {
        if self.taken[site] {
            self.taken.set(site, false);
        }
    }
}

/// A part of a process's memory that is being edited.
pub(in crate::tracer) struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// Of these addresses.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn read(memory: &Memory, range: Range<u64>) -> Result<Self> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        memory.read(range.start, &mut bytes)?;
        Ok(Self { start: range.start, bytes })
    }

    /// # Errors
    /// As [`Memory::write`].
    pub fn write(self, memory: &Memory) -> Result<()> {
        memory.write(self.start, &self.bytes)
    }

    /// The `length` bytes at `address`, which are in it.
    pub fn at(&mut self, address: u64, length: usize) -> &mut [u8] {
        &mut self.bytes[(address - self.start) as usize..][..length]
    }

    /// The code at `address` that a breakpoint there would replace.
    pub fn patch(&mut self, address: u64) -> Patch {
        let mut bytes = [0; BREAKPOINT_LENGTH];
        bytes.copy_from_slice(self.at(address, BREAKPOINT_LENGTH));
        Patch(bytes)
    }

    /// Sets it.
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
