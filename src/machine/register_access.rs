//! How a machine says where the kernel and its functions keep registers.

use libc::c_uint;

/// Requests of ptrace(2) for the general registers. Only some machines have them; all have PTRACE_GETREGSET.
#[derive(Debug, Clone, Copy)]
pub struct RegisterRequests {
    /// Reads all registers.
    pub read_all: c_uint,
    /// Sets all registers.
    pub set_all: c_uint,
    /// Reads the register at an offset.
    pub read_one: c_uint,
    /// Sets the register at an offset.
    pub set_one: c_uint,
}

/// A flag in a register.
#[derive(Debug, Clone, Copy)]
pub struct RegisterFlag {
    /// The offset of the register in [`super::Registers`].
    pub offset: usize,
    /// The bit of the flag.
    pub bit: u64,
}

/// The return address of a function that has just been entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnAddress {
    /// It is in memory, at this address.
    InMemory(u64),
    /// It is this one, in a register (arm64's link register).
    InRegister(u64),
}
