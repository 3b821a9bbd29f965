//! The trampoline of a block as it is planned, before it is encoded.

use std::ops::Range;

use super::{JUMP_LENGTH, SHORT_JUMP_LENGTH};

/// The code of an object's trampolines is not longer, in bytes: each process has its own copy of it.
pub(super) const MAX_CODE: usize = 1 << 24;

/// The planned trampoline of a block.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The index of its last site.
    pub(super) site: u32,
    /// The address of that.
    pub(super) last: u64,
    pub(super) count: Count,
    pub(super) entrance: PlannedEntrance,
    /// The code that is copied. Its last instruction may reach over the end.
    pub(super) copied: Range<u64>,
    /// The copied code may be extended to this.
    pub(super) limits: Range<u64>,
    /// Where a task goes that has executed all code up to the limit, as far as that is certain.
    pub(super) exits: [Option<u64>; 2],
}

/// How a copy counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// Every pass, before the instruction at this address, where the flags are dead.
    Often(u64),
    /// Whether the instruction at the last site has run, at which flags are live. Passes are counted beside
    /// that before the instruction at the address `paced`, so that a loop does not run out of line for ever.
    Once { paced: Option<u64> },
}

/// How tasks come to a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlannedEntrance {
    /// By a jump at the beginning of the original code.
    Jump,
    /// By a short jump to a springboard; `None` if it has no place yet.
    ShortJump(Option<u64>),
    /// From other copies only.
    Copies,
}

impl Plan {
    /// How many bytes at the beginning of the original code the jump replaces.
    pub(super) fn jump_length(&self) -> u64 {
        match self.entrance {
            PlannedEntrance::Jump => JUMP_LENGTH as u64,
            PlannedEntrance::ShortJump(_) => SHORT_JUMP_LENGTH as u64,
            PlannedEntrance::Copies => 0,
        }
    }

    /// One past the jump.
    pub(super) fn jump_end(&self) -> u64 {
        self.copied.start + self.jump_length()
    }

    pub(super) fn can_be_entered(&self) -> bool {
        !matches!(self.entrance, PlannedEntrance::ShortJump(None) | PlannedEntrance::Copies)
    }
}
