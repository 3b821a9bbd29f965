//! Where breakpoints are inserted.

use crate::elf::Svma;
use serde::{Deserialize, Serialize};

/// One address for a breakpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Where.
    pub address: Svma,
    /// The byte that the file has there.
    pub original: u8,
    /// Length in bytes of the instruction that begins there (1 to 15).
    pub length: u8,
    /// Is it in one basic block with the next site? Who reaches that has come by this one just before.
    pub joined: bool,
}
