//! Code that maps a file whose descriptor it receives through a socket.
//!
//! Every register is the tracer's to set and to restore. `rbx` has the address of [`PASSED_SCRATCH`] bytes:
//!
//! | offset | content |
//! |---|---|
//! | 0 | the descriptors of the pair of sockets |
//! | 16 | struct iovec of the message |
//! | 32 | struct msghdr |
//! | 96 | the byte that is received |
//! | 128 | struct cmsghdr, and behind it, at 144, the descriptor that is received |

use crate::machine::{PassedMapping, Registers};

/// Bytes of memory that the code uses.
pub const PASSED_SCRATCH: usize = 160;
/// Offset in the code of the breakpoint behind the call that makes the sockets.
pub const SOCKETS_MADE: u64 = 2;
/// Offset of the breakpoint at its end.
pub const PASSED_MAPPED: u64 = MAP_PASSED.len() as u64 - 1;

/// The code (Intel SDM, volume 2). Its system calls have the numbers of x86-64.
pub const MAP_PASSED: &[u8] = &[
    0x0f, 0x05, // syscall: socketpair
    0xcc, // int3
    0x8b, 0x7b, 0x04, // mov edi, [rbx + 4]
    0x48, 0x8d, 0x73, 0x20, // lea rsi, [rbx + 32]
    0xba, 0x40, 0x00, 0x00, 0x40, // mov edx, MSG_CMSG_CLOEXEC | MSG_DONTWAIT
    0xb8, 0x2f, 0x00, 0x00, 0x00, // mov eax, recvmsg
    0x0f, 0x05, // syscall
    0x4c, 0x89, 0xe7, // mov rdi, r12
    0x4c, 0x89, 0xee, // mov rsi, r13
    0x4c, 0x89, 0xf2, // mov rdx, r14
    0x4d, 0x89, 0xfa, // mov r10, r15
    0x4c, 0x63, 0x83, 0x90, 0x00, 0x00, 0x00, // movsxd r8, [rbx + 144]
    0x45, 0x31, 0xc9, // xor r9d, r9d
    0xb8, 0x09, 0x00, 0x00, 0x00, // mov eax, mmap
    0x0f, 0x05, // syscall
    0x49, 0x89, 0xc4, // mov r12, rax
    0x8b, 0xbb, 0x90, 0x00, 0x00, 0x00, // mov edi, [rbx + 144]
    0xb8, 0x03, 0x00, 0x00, 0x00, // mov eax, close
    0x0f, 0x05, // syscall
    0x8b, 0x3b, // mov edi, [rbx]
    0xb8, 0x03, 0x00, 0x00, 0x00, // mov eax, close
    0x0f, 0x05, // syscall
    0x8b, 0x7b, 0x04, // mov edi, [rbx + 4]
    0xb8, 0x03, 0x00, 0x00, 0x00, // mov eax, close
    0x0f, 0x05, // syscall
    0x4c, 0x89, 0xe0, // mov rax, r12
    0xcc, // int3
];

/// The content of the memory at `scratch` before the code runs. No descriptor has been received (-1).
pub fn passed_message(scratch: u64) -> [u8; PASSED_SCRATCH] {
    const CONTROL_SIZE: u64 = 24;
    let mut bytes = [0; PASSED_SCRATCH];
    let mut put = |at: usize, words: &[u64]| {
        let words = words.iter().flat_map(|word| word.to_le_bytes());
        bytes[at..].iter_mut().zip(words).for_each(|(byte, value)| *byte = value);
    };
    put(16, &[scratch + 96, 1]);
    put(32, &[0, 0, scratch + 16, 1, scratch + 128, CONTROL_SIZE, 0]);
    put(144, &[u64::MAX]);
    bytes
}

/// Registers for the code at `code`.
pub fn prepare_passing(registers: &Registers, code: u64, scratch: u64, mapping: &PassedMapping) -> Registers {
    Registers {
        rip: code,
        rax: libc::SYS_socketpair as u64,
        // Not inside a system call, so that the kernel restarts none when the task resumes.
        orig_rax: u64::MAX,
        rdi: libc::AF_UNIX as u64,
        rsi: (libc::SOCK_STREAM | libc::SOCK_CLOEXEC) as u64,
        rdx: 0,
        r10: scratch,
        rbx: scratch,
        r12: mapping.address,
        r13: mapping.length,
        r14: mapping.protection,
        r15: mapping.flags,
        ..*registers
    }
}

/// The result of the call that makes the sockets, or of mmap(2), at the breakpoint behind it: a value, or a
/// negated errno.
pub fn passing_result(registers: &Registers) -> i64 {
    registers.rax.cast_signed()
}
