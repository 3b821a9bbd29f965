//! How a machine says where the kernel and its functions keep registers.

/// The number of a request of ptrace(2), in the type that the C library declares for it.
#[cfg(target_env = "gnu")]
pub type PtraceRequest = libc::c_uint;
/// The number of a request of ptrace(2), in the type that the C library declares for it.
#[cfg(not(target_env = "gnu"))]
pub type PtraceRequest = libc::c_int;

/// Requests of ptrace(2) for the general registers. Only some machines have them; all have PTRACE_GETREGSET.
#[derive(Debug, Clone, Copy)]
pub struct RegisterRequests {
    /// Reads all registers.
    pub read_all: PtraceRequest,
    /// Sets all registers.
    pub set_all: PtraceRequest,
    /// Reads the register at an offset.
    pub read_one: PtraceRequest,
    /// Sets the register at an offset.
    pub set_one: PtraceRequest,
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
