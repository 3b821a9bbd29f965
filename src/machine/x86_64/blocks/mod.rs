//! Basic blocks of x86-64: where they begin, which can have a trampoline, how the out-of-line copy is encoded,
//! and how it is relocated.

mod block_end;
mod encode;
mod leaders;
mod plan;
mod relocate;

pub(crate) use leaders::Leaders;
pub(crate) use plan::plan as plan_trampolines;
pub(crate) use relocate::{jump, relocate};

/// Length in bytes of the jump to an out-of-line copy: the opcode and a 4-byte distance.
const JUMP_LENGTH: usize = 5;

/// `jmp` to a 4-byte distance (Intel SDM, volume 2).
const JUMP: u8 = 0xe9;
