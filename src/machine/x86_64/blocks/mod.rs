//! Basic blocks of x86-64: where they begin, which can have a trampoline, how the out-of-line copy is
//! encoded, and how it is relocated.

mod branch_jumps;
mod checks;
mod conversions;
mod data_in_code;
mod encode;
mod equalities;
mod flags;
mod jump_tables;
mod leaders;
mod map_passed;
mod plan;
mod planned;
mod planner;
mod register_jumps;
mod relocate;
mod springboards;
mod switches;
mod table_jump;
mod values;

pub(crate) use leaders::Leaders;
pub(crate) use map_passed::{
    MAP_PASSED, PASSED_MAPPED, PASSED_SCRATCH, SOCKETS_MADE, passed_message, passed_result, passing_result,
    prepare_passing,
};
pub(crate) use plan::plan as plan_trampolines;
pub(crate) use relocate::{jump, relocate, return_addresses, springboard};

use crate::elf::Code;
use crate::machine::Registers;
use iced_x86::{Decoder, DecoderOptions, Instruction};
use std::mem::offset_of;

/// Offset in [`Registers`] of the base of the counters: that of the segment `gs`, which 64-bit programs do
/// not use.
pub const COUNTER_BASE: usize = offset_of!(Registers, gs_base);

/// Out-of-line code is at most this far from the original code, in bytes; from what that refers to, at most
/// twice as far. So the signed 4-byte distances of its jumps and operands suffice.
pub const REACH: u64 = 1 << 30;

/// Behind the last mapping of a process, out-of-line code is put below this address: well inside user space,
/// which has 47 bits.
pub const OUT_OF_LINE_LIMIT: u64 = 1 << 46;

/// Programs have memory below this address.
pub const USER_SPACE: u64 = 1 << 47;

/// Length in bytes of the jump to an out-of-line copy: the opcode and a 4-byte distance.
pub(super) const JUMP_LENGTH: usize = 5;

/// `jmp` to a 4-byte distance (Intel SDM, volume 2).
pub(super) const JUMP: u8 = 0xe9;

/// Length in bytes of a short jump: the opcode and a 1-byte distance.
const SHORT_JUMP_LENGTH: usize = 2;

/// `jmp` to a 1-byte distance.
const SHORT_JUMP: u8 = 0xeb;

/// The instructions from `address` on.
fn decode<'c>(code: &Code<'c>, address: u64) -> impl Iterator<Item = Instruction> + use<'c> {
    let bytes = code
        .region(address)
        .map_or(&[][..], |region| region.bytes.get((address - region.start) as usize..).unwrap_or_default());
    Decoder::with_ip(64, bytes, address, DecoderOptions::NONE).into_iter()
}
