//! x86-64 (Intel SDM, System V ABI).

pub(crate) mod blocks;
mod decisions;
mod detour;
mod instruction_walk;
mod registers;
mod signal_call_search;
mod system_calls;

pub use decisions::{destination, steps_itself};
pub use detour::{DETOUR_CODE, detour};
pub(crate) use instruction_walk::InstructionWalk;
pub use registers::*;
pub(crate) use signal_call_search::{may_make_signal_calls, signal_call_sites};

pub use system_calls::*;

use super::{Capabilities, Site};

/// `e_machine` of the programs that can be traced (elf(5)).
pub(crate) const ELF_MACHINE: object::elf::Machine = object::elf::EM_X86_64;

/// The machine, for messages.
pub const MACHINE: &str = "x86-64";

/// Trampolines are available.
pub const CAPABILITIES: Capabilities = Capabilities { trampolines: true };

/// Length in bytes of the breakpoint instruction.
pub const BREAKPOINT_LENGTH: usize = 1;

/// `int3` (Intel SDM, volume 2): one byte, so it fits over any instruction.
pub(crate) const BREAKPOINT: [u8; BREAKPOINT_LENGTH] = [0xcc];

/// `nop`.
pub(crate) const NO_OPERATION: [u8; BREAKPOINT_LENGTH] = [0x90];

/// The prefix `lock`.
const LOCK: [u8; BREAKPOINT_LENGTH] = [0xf0];

/// `int3` is a trap, so the program counter has passed it.
pub const TRAP_PASSES_BREAKPOINT: bool = true;

/// Can a task be right behind a breakpoint at `site` without having run into it? Then only the signal tells
/// whether a SIGTRAP is the breakpoint's. It can where an instruction begins right behind the breakpoint,
/// or a branch skips a `lock` prefix.
pub fn may_stop_behind(site: &Site) -> bool {
    usize::from(site.length) == BREAKPOINT_LENGTH || site.original.0 == LOCK
}
