//! System calls of x86-64 that not every machine has, or that have other numbers there
//! (arch/x86/entry/syscalls/syscall_64.tbl).

use libc::c_long;

/// io_pgetevents(2), which libc does not name.
const IO_PGETEVENTS: c_long = 333;

/// System calls that wait with a temporary signal mask, beside those of all machines.
pub const OWN_WAITS_WITH_MASK: &[c_long] = &[IO_PGETEVENTS];

/// System calls that wait, and that fail with EINTR after any signal, beside those of all machines.
pub const OWN_WAITS: &[c_long] = &[libc::SYS_epoll_wait];

/// The system calls of 32-bit code that make a task, by their numbers in 32-bit and in 64-bit code
/// (arch/x86/entry/syscalls/syscall_32.tbl).
pub(super) const CLONES_OF_32_BIT_CODE: [(u64, c_long); 4] =
    [(2, libc::SYS_fork), (120, libc::SYS_clone), (190, libc::SYS_vfork), (435, libc::SYS_clone3)];

/// Is `number` that of vfork(2)? False on a machine whose C library makes it by clone(2).
pub fn is_vfork(number: c_long) -> bool {
    number == libc::SYS_vfork
}

/// Is `number` that of fork(2) or vfork(2), or another of this machine alone that makes a task?
pub fn is_fork(number: c_long) -> bool {
    number == libc::SYS_fork || is_vfork(number)
}

/// Is `number` that of a system call that makes a task in 32-bit code, and of another one in 64-bit code?
pub fn is_clone_of_compat(number: c_long) -> bool {
    let mut clones = CLONES_OF_32_BIT_CODE.iter();
    clones.any(|(compat, own)| compat.cast_signed() == number && *own != number)
}
