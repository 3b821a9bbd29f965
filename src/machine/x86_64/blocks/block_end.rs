//! The end of a basic block.

use iced_x86::Instruction;

/// The end of a block, of which a copy is made.
pub(super) struct BlockEnd {
    pub(super) instructions: Vec<Instruction>,
    /// The index of the instruction at the last site.
    pub(super) site: usize,
    /// The index of the instruction before which the block is counted.
    pub(super) count: usize,
}
