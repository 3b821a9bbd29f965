//! The bytes that a breakpoint replaces.

use crate::elf::Elf;

use super::{BREAKPOINT, BREAKPOINT_LENGTH, NO_OPERATION};
use serde::{Deserialize, Serialize};

/// Code at an address: as many bytes of it as a breakpoint replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Patch(pub [u8; BREAKPOINT_LENGTH]);

impl Patch {
    /// The breakpoint instruction.
    pub const BREAKPOINT: Self = Self(BREAKPOINT);

    /// Instructions of the same length that do nothing.
    pub const NO_OPERATION: Self = Self(NO_OPERATION);

    /// The first bytes of `code`; `None` if there are too few.
    pub fn first(code: &[u8]) -> Option<Self> {
        code.first_chunk().copied().map(Self)
    }

    /// The code that a file has at `address`.
    pub(crate) fn of_elf(elf: &Elf, address: u64) -> Option<Self> {
        Self::first(elf.code_at(address, BREAKPOINT_LENGTH)?)
    }

    /// Is it a breakpoint instruction, the program's own or an inserted one?
    pub fn is_breakpoint(self) -> bool {
        self == Self::BREAKPOINT
    }
}
