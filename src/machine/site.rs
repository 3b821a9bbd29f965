//! Addresses at which breakpoints are inserted.

use super::Patch;
use crate::elf::Svma;
use serde::{Deserialize, Serialize};

/// One address for a breakpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
