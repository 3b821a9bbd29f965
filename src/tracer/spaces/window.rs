//! A part of a process's code that is being edited: read by one system call, and written by one, or by three.
//!
//! A task may run the code while it is written. A single byte is then the old one or the new one. A longer
//! instruction would be torn, so it is replaced in three steps, each by a system call of its own, as the
//! kernel does it (`smp_text_poke_batch_finish` in arch/x86/kernel/alternative.c): a breakpoint on its first
//! byte, then the other bytes, then the first byte. A task executes the old instruction, or the breakpoint,
//! or the new one. Its stop at the breakpoint is handled after the last step, and the task continues there.
//!
//! The kernel has all processors serialise between the steps. forkcov cannot, and need not: a system call
//! takes longer than a processor takes to fetch both parts of an instruction that crosses a line of its
//! cache. One that has fetched the first part and waits for the second for so long discards what it has
//! fetched when another processor writes the page (Intel 64 and IA-32 Architectures Optimization Reference
//! Manual, "Self-Modifying Code"). A task that is interrupted or faults there fetches the instruction again.

use super::code_memory::{CodeMemory, OtherTasks};
use crate::machine::{BREAKPOINT_LENGTH, Patch};
use crate::ptrace::Result;
use std::ops::Range;

/// The bytes of some addresses.
pub struct Window<'m> {
    memory: CodeMemory<'m>,
    start: u64,
    before: Vec<u8>,
    bytes: Vec<u8>,
    /// Places of instructions that may have been replaced, and are longer than a breakpoint.
    instructions: Vec<Range<usize>>,
}

impl<'m> Window<'m> {
    /// Reads the bytes of these addresses.
    ///
    /// # Errors
    /// As [`crate::ptrace::Memory::read`].
    pub fn read(memory: CodeMemory<'m>, range: Range<u64>) -> Result<Self> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        memory.read(range.start, &mut bytes)?;
        Ok(Self { memory, start: range.start, before: bytes.clone(), bytes, instructions: Vec::new() })
    }

    /// Writes them back, if they have changed.
    ///
    /// # Errors
    /// As [`crate::ptrace::Memory::write`].
    pub fn write(self) -> Result<()> {
        self.write_and_keep().map(drop)
    }

    /// [`Self::write`]. Gives the bytes that were read, and those that are there now.
    ///
    /// # Errors
    /// As [`crate::ptrace::Memory::write`].
    pub fn write_and_keep(mut self) -> Result<(Vec<u8>, Vec<u8>)> {
        if self.bytes == self.before {
            return Ok((self.before, self.bytes));
        }
        let replaced = std::mem::take(&mut self.instructions);
        let is_replaced = |place: &Range<usize>| self.bytes[place.clone()] != self.before[place.clone()];
        let replaced: Vec<_> = replaced.into_iter().filter(is_replaced).collect();
        if self.memory.others == OtherTasks::Running && !replaced.is_empty() {
            let breakpoint = |bytes: &mut [u8], place: &Range<usize>| {
                bytes[place.start..][..BREAKPOINT_LENGTH].copy_from_slice(&Patch::BREAKPOINT.0);
            };
            let (mut first, mut second) = (self.bytes.clone(), self.bytes.clone());
            for place in &replaced {
                first[place.clone()].copy_from_slice(&self.before[place.clone()]);
                breakpoint(&mut first, place);
                breakpoint(&mut second, place);
            }
            self.memory.write(self.start, &first)?;
            self.memory.write(self.start, &second)?;
        }
        self.memory.write(self.start, &self.bytes)?;
        Ok((self.before, self.bytes))
    }

    /// The `length` bytes at `address`, which are in the window.
    pub fn at(&self, address: u64, length: usize) -> &[u8] {
        &self.bytes[self.place(address, length)]
    }

    /// Replaces the instruction at `address` by another of the same length, which is in the window.
    pub fn replace(&mut self, address: u64, instruction: &[u8]) {
        let place = self.place(address, instruction.len());
        self.bytes[place.clone()].copy_from_slice(instruction);
        self.instructions.push(place);
    }

    /// What other tasks do while the code is written.
    pub fn others(&self) -> OtherTasks {
        self.memory.others
    }

    /// May the instruction at `address` become this one, which is longer than a breakpoint? Not if a task may
    /// be at a later byte of it, unless it was there before.
    pub fn may_insert(&self, address: u64, instruction: &[u8]) -> bool {
        self.memory.others == OtherTasks::Stopped
            || self.before[self.place(address, instruction.len())] == *instruction
    }

    /// The code at `address` that a breakpoint there would replace.
    pub fn patch(&self, address: u64) -> Patch {
        let mut bytes = [0; BREAKPOINT_LENGTH];
        bytes.copy_from_slice(self.at(address, BREAKPOINT_LENGTH));
        Patch(bytes)
    }

    /// Sets that code.
    pub fn set_patch(&mut self, address: u64, patch: Patch) {
        let place = self.place(address, BREAKPOINT_LENGTH);
        self.bytes[place].copy_from_slice(&patch.0);
    }

    /// Removes the breakpoint at `address`, if there is one.
    pub fn clear(&mut self, address: u64, original: Patch) {
        if self.patch(address).is_breakpoint() {
            self.set_patch(address, original);
        }
    }

    fn place(&self, address: u64, length: usize) -> Range<usize> {
        let start = (address - self.start) as usize;
        start..start + length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ptrace::Memory;

    fn write(others: OtherTasks, change: impl FnOnce(&mut Window<'_>, u64)) -> (Vec<u8>, bool) {
        let code = b"a jump, and more".to_vec();
        let address = code.as_ptr() as u64;
        let memory = Memory::open(std::process::id().cast_signed()).unwrap();
        let memory = CodeMemory { memory: &memory, others };
        let mut window = Window::read(memory, address..address + code.len() as u64).unwrap();
        let may_insert = window.may_insert(address + 2, b"JUMP");
        assert!(window.may_insert(address + 2, b"jump"), "it is there");
        change(&mut window, address);
        window.write().unwrap();
        (std::hint::black_box(code), may_insert)
    }

    #[test]
    fn instructions_and_breakpoints_are_written_whether_tasks_run_or_not() {
        for others in [OtherTasks::Stopped, OtherTasks::Running] {
            let (code, may_insert) = write(others, |window, address| {
                window.replace(address + 2, b"JUMP");
                window.replace(address + 12, b"more");
                window.set_patch(address, Patch::BREAKPOINT);
                window.set_patch(address + 5, Patch::BREAKPOINT);
            });
            assert_eq!(may_insert, others == OtherTasks::Stopped);
            let breakpoint = Patch::BREAKPOINT.0[0];
            let expected = [&[breakpoint], &b" JUM"[..], &[breakpoint], &b", and more"[..]].concat();
            assert_eq!(code, expected, "{others:?}");
        }
    }
}
