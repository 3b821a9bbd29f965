//! Everything that differs from one machine to the next: registers, instructions, breakpoints and
//! trampolines.
//!
//! A port is a folder beside `x86_64`. No other room knows an instruction, the name of a register or a byte
//! of machine code.
//!
//! # What a port provides
//!
//! * `ELF_MACHINE`, `MACHINE`: `e_machine` of the programs that can be traced, and its name for messages.
//! * `CAPABILITIES`: what the port can do beyond breakpoints.
//! * `BREAKPOINT`, `BREAKPOINT_LENGTH`, `NO_OPERATION`, `breakpoint_at`: the breakpoint instruction, and its
//!   address for the program counter after it.
//! * `may_stop_behind`: can a task be right behind a breakpoint without having run into it?
//! * `InstructionWalk`: where instructions begin.
//! * `Leaders`: where basic blocks begin.
//! * `may_make_signal_calls`, `signal_call_sites`, `Effect`: where signal system calls are made, and how to
//!   emulate the instruction before one.
//! * `Registers` and the functions on them, offsets of registers in `struct user`: the program counter, the
//!   stack, arguments and results of functions and system calls.
//! * `FirstInstruction`: how to emulate the first instruction of a function.
//! * `is_clone_of_compat`, `has_shadow_stack`: what the kernel shows of a task of this machine.
//! * `plan_trampolines`, `relocate`, `jump`, `JUMP_LENGTH`: trampolines. They are never called without the
//!   capability.
//! * The parts of the interpreters' probe that are assembly (C headers, chosen by the build script).

mod patch;
mod signal_call_site;
mod site;
mod trampolines;

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(not(target_arch = "x86_64"))]
compile_error!(
    "forkcov traces x86-64 programs only; a port to another machine is a folder beside src/machine/x86_64"
);

pub(crate) use crate::elf::machine_name;
use crate::elf::{Elf, ElfError, FileCache};
pub use patch::Patch;
pub use signal_call_site::{SignalCall, SignalCallSite};
pub use site::Site;
pub use trampolines::{OriginalPc, OutOfLineCode, PcMapEntry, Trampoline, Trampolines};

/// What a port can do beyond breakpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// It plans self-counting trampolines. A port without them uses breakpoints only: slower, but as exact.
    pub trampolines: bool,
}

/// Opens an ELF file of this machine.
pub(crate) fn open<'c, 'f>(cache: &'c FileCache<'f>) -> Result<Elf<'c, 'f>, ElfError> {
    Elf::open(cache, ELF_MACHINE)
}
