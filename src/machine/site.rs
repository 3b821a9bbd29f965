//! Addresses at which breakpoints are inserted.

use super::{BREAKPOINT_LENGTH, Patch};
use crate::elf::Svma;
use crate::plain::{Fields, Plain};

/// One address for a breakpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The address, where an instruction begins.
    pub address: Svma,
    /// The code that the file has there.
    pub original: Patch,
    /// Length in bytes of the instruction.
    pub length: u8,
    /// Is the site in one basic block with the next site? A task that reaches the next one has just passed
    /// this one.
    pub joined: bool,
}

impl Plain for Site {
    const SIZE: usize = 10 + BREAKPOINT_LENGTH;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.address.0.to_le_bytes());
        bytes.extend(self.original.0);
        bytes.extend([self.length, u8::from(self.joined)]);
    }

    fn take(fields: &mut Fields) -> Self {
        Self {
            address: Svma(fields.u64()),
            original: Patch(fields.bytes()),
            length: fields.byte(),
            joined: fields.byte() != 0,
        }
    }
}
