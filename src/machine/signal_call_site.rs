//! Places where a program makes the system calls that change what a signal does to it, and ptrace(2), by
//! which it would trace others.

use super::{Effect, Patch};
use crate::elf::Svma;

/// A place in an object that makes rt_sigaction(2), rt_sigprocmask(2), rt_sigreturn(2) or ptrace(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalCallSite {
    /// The number of the system call.
    pub number: u32,
    /// The last instruction before the system call instruction. A task that reaches it makes the call next,
    /// and all arguments are in place when this instruction has been executed.
    pub address: Svma,
    /// The code that the file has there.
    pub original: Patch,
    /// The system call instruction, which follows.
    pub syscall: Svma,
    /// All that the instruction at `address` does.
    pub effect: Effect,
    /// Is the addend of the effect an address in the object, to which the load bias has to be added?
    pub is_address: bool,
}

/// A [`SignalCallSite`] in a process. Addresses are those in the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalCall {
    /// The number of the system call.
    pub number: u32,
    /// The last instruction before the system call instruction.
    pub address: u64,
    /// The code that the object has there.
    pub original: Patch,
    /// The system call instruction, which follows.
    pub syscall: u64,
    /// All that the instruction at `address` does.
    pub effect: Effect,
}

impl SignalCall {
    /// Is it one of ptrace(2)?
    pub fn is_ptrace(&self) -> bool {
        i64::from(self.number) == libc::SYS_ptrace
    }
}

impl SignalCallSite {
    /// The place in a process that has the object loaded with `bias`.
    pub fn loaded(&self, bias: u64) -> SignalCall {
        let addend = self.effect.addend.wrapping_add(if self.is_address { bias } else { 0 });
        SignalCall {
            number: self.number,
            address: self.address.loaded(bias),
            original: self.original,
            syscall: self.syscall.loaded(bias),
            effect: Effect { addend, ..self.effect },
        }
    }
}
