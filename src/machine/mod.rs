//! Everything that differs from one machine to the next: registers, instructions, breakpoints and
//! trampolines.
//!
//! A port is a folder beside `x86_64`. No other room knows an instruction, the name of a register or a byte
//! of machine code.
//!
//! # What a port provides
//!
//! Identity:
//! * `ELF_MACHINE`, `MACHINE`: `e_machine` of the programs that can be traced, and its name for messages.
//! * `CAPABILITIES`: what the port can do beyond breakpoints.
//!
//! Breakpoints and instructions:
//! * `BREAKPOINT`, `BREAKPOINT_LENGTH`, `NO_OPERATION`: the breakpoint instruction, and code of the same
//!   length that does nothing.
//! * `TRAP_PASSES_BREAKPOINT`: where the trap of a breakpoint leaves the program counter.
//! * `may_stop_behind`: can a task be where that trap leaves it without having run into the breakpoint?
//! * `InstructionWalk`: where instructions begin.
//! * `FirstInstruction`: how to emulate the first instruction of a function.
//! * `may_make_signal_calls`, `signal_call_sites`, `Effect`: where signal system calls are made, and how to
//!   emulate the instruction before one.
//!
//! Branches:
//! * `destination`: where a jump leads a task; `steps_itself`: does it have to execute the jump?
//!
//! Registers:
//! * `Registers`, and the offsets `PROGRAM_COUNTER`, `STACK_POINTER` and `CURRENT_SYSCALL` in them: the set
//!   NT_PRSTATUS of PTRACE_GETREGSET.
//! * `REGISTER_REQUESTS`: quicker requests for the same registers, if the machine has them.
//! * `RESUME_FLAG`: the flag that passes a hardware breakpoint, if there is one.
//! * `EXTENDED_REGISTERS`, `MAX_EXTENDED_REGISTERS`: the set of all other registers, and its size.
//! * `program_counter`, `stack_pointer`, `scratch`.
//!
//! Functions:
//! * `arguments`, `result`, `set_result`, `prepare_call`, `return_to`, `stack_after_return`: the calling
//!   convention.
//! * `return_address`, `set_return_address`: in memory or in a register.
//! * `return_address_before`: where a function that is running keeps its return address. It is known only if
//!   calls push it. A port to a machine with a link register has to add, for runtimes, that forkcov waits for
//!   hooked functions to return before it releases a process.
//!
//! System calls:
//! * `SYSCALL_INSTRUCTION`, `SyscallRequest`, `prepare_syscall`, `syscall_before`, `syscall_result`,
//!   `may_be_rolled_back`, `interrupted_syscall`, `restart_syscall`, `current_syscall`: how they are made.
//! * `OWN_WAITS_WITH_MASK`, `OWN_WAITS`, `is_fork`, `is_vfork`, `is_clone_of_compat`: those that not every
//!   machine has.
//! * `has_shadow_stack`: what `/proc` shows of a task of this machine.
//!
//! Basic blocks and trampolines, in a submodule `blocks`:
//! * `Leaders`: where basic blocks begin.
//! * `plan_trampolines`, `relocate`, `return_addresses`, `jump`, `springboard`, `COUNTER_BASE`,
//!   `REACH`, `OUT_OF_LINE_LIMIT`, `USER_SPACE`: the trampolines.
//! * `MAP_PASSED`, `PASSED_SCRATCH`, `SOCKETS_MADE`, `PASSED_MAPPED`, `passed_message`,
//!   `prepare_passing`, `passing_result`, `passed_result`: code that maps files which a process receives
//!   through a socket.
//!
//! Beside `Leaders`, none of it is used without the capability.
//!
//! A port without them uses the module `no_blocks` in its place.
//!
//! Probes of interpreters:
//! * The C headers `probe.h`, `probe_traps.h` and `probe_detour.h` in the port's folder: the assembly. The
//!   build script compiles the probes always, so a port has to have them.
//! * `detour`, `DETOUR_CODE`: the jump at the entry of a function by which a probe is called. A port can give
//!   `None`: then there is a breakpoint.
//!
//! Pages are taken to have 4096 bytes in all rooms: a port to a machine where they can be larger has to
//! change that first.

mod copy_links;
mod detour;
mod edges;
mod known_functions;
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(crate) mod no_blocks;
mod passed_mapping;
mod patch;
mod pc_map;
mod register_access;
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
pub use copy_links::CopyLink;
pub use detour::Detour;
pub(crate) use edges::{BranchJump, BranchPart};
pub use edges::{Destination, Edge, EdgeJump, Edges};
pub(crate) use known_functions::KnownFunctions;
pub use passed_mapping::PassedMapping;
pub use patch::Patch;
pub use pc_map::{PcMap, PcMapEntry};
pub use register_access::{PtraceRequest, RegisterFlag, RegisterRequests, ReturnAddress};
pub use signal_call_site::{SignalCall, SignalCallSite};
pub use site::Site;
pub use trampolines::{
    COUNTER_LENGTH, Entrance, JumpCode, OriginalPc, OutOfLineCode, Springboard, Trampoline, Trampolines,
};

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

/// The address of the breakpoint whose trap leaves the program counter at `pc`.
pub const fn breakpoint_at(pc: u64) -> u64 {
    if TRAP_PASSES_BREAKPOINT { pc.wrapping_sub(BREAKPOINT_LENGTH as u64) } else { pc }
}
