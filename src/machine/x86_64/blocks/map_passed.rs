//! Code that maps files whose descriptors it receives through a socket.
//!
//! Every register is the tracer's to set and to restore. `rbx` has the address of [`PASSED_SCRATCH`] bytes:
//!
//! | offset | content |
//! |---|---|
//! | 0 | the descriptors of the pair of sockets |
//! | 16 | struct iovec of the message |
//! | 32 | struct msghdr |
//! | 96 | the byte that is received |
//! | 128 | struct cmsghdr, and behind it, at 144, the descriptors that are received |
//! | 160 | for each file, the arguments of mmap(2); the result takes the place of the first one |

use crate::machine::{PassedMapping, Registers};

/// The most files that the code maps at once.
const MOST_PASSED: usize = 2;
/// Bytes of memory that the code uses.
pub const PASSED_SCRATCH: usize = MAPPINGS + MOST_PASSED * MAPPING_SIZE;
/// Offset of the breakpoint behind the call that makes the sockets.
pub const SOCKETS_MADE: u64 = 7;
/// Offset of the breakpoint at its end.
pub const PASSED_MAPPED: u64 = MAP_PASSED.len() as u64 - 1;

/// Offset in the memory of the descriptors that are received.
const DESCRIPTORS: usize = 144;
/// Offset of the arguments of mmap(2), and how many bytes they have for each file.
const MAPPINGS: usize = 160;
const MAPPING_SIZE: usize = 40;

/// The code (Intel SDM, volume 2). Its system calls have the numbers of x86-64. It sets even the first of
/// them by itself: behind an exec, the kernel sets `rax` to its result.
pub const MAP_PASSED: &[u8] = &[
    0xb8, 0x35, 0x00, 0x00, 0x00, // mov eax, socketpair
    0x0f, 0x05, // syscall
    0xcc, // int3
    0x8b, 0x7b, 0x04, // mov edi, [rbx + 4]
    0x48, 0x8d, 0x73, 0x20, // lea rsi, [rbx + 32]
    0xba, 0x40, 0x00, 0x00, 0x40, // mov edx, MSG_CMSG_CLOEXEC | MSG_DONTWAIT
    0xb8, 0x2f, 0x00, 0x00, 0x00, // mov eax, recvmsg
    0x0f, 0x05, // syscall
    0x49, 0x8b, 0x7d, 0x00, // next: mov rdi, [r13]
    0x49, 0x8b, 0x75, 0x08, // mov rsi, [r13 + 8]
    0x49, 0x8b, 0x55, 0x10, // mov rdx, [r13 + 16]
    0x4d, 0x8b, 0x55, 0x18, // mov r10, [r13 + 24]
    0x4d, 0x63, 0x04, 0x24, // movsxd r8, [r12]
    0x4d, 0x8b, 0x4d, 0x20, // mov r9, [r13 + 32]
    0xb8, 0x09, 0x00, 0x00, 0x00, // mov eax, mmap
    0x0f, 0x05, // syscall
    0x49, 0x89, 0x45, 0x00, // mov [r13], rax
    0x41, 0x8b, 0x3c, 0x24, // mov edi, [r12]
    0xb8, 0x03, 0x00, 0x00, 0x00, // mov eax, close
    0x0f, 0x05, // syscall
    0x49, 0x83, 0xc4, 0x04, // add r12, 4
    0x49, 0x83, 0xc5, 0x28, // add r13, 40
    0x41, 0xff, 0xce, // dec r14d
    0x75, 0xc5, // jne next
    0x8b, 0x3b, // mov edi, [rbx]
    0xb8, 0x03, 0x00, 0x00, 0x00, // mov eax, close
    0x0f, 0x05, // syscall
    0x8b, 0x7b, 0x04, // mov edi, [rbx + 4]
    0xb8, 0x03, 0x00, 0x00, 0x00, // mov eax, close
    0x0f, 0x05, // syscall
    0xcc, // int3
];

/// The content of the memory at `scratch` before the code runs, which is to map these. No descriptor has been
/// received (-1).
pub fn passed_message(scratch: u64, mappings: &[PassedMapping]) -> [u8; PASSED_SCRATCH] {
    const CONTROL_SIZE: u64 = 24;
    let mut bytes = [0; PASSED_SCRATCH];
    let mut put = |at: usize, words: &[u64]| {
        let words = words.iter().flat_map(|word| word.to_le_bytes());
        bytes[at..].iter_mut().zip(words).for_each(|(byte, value)| *byte = value);
    };
    put(16, &[scratch + 96, 1]);
    put(32, &[0, 0, scratch + 16, 1, scratch + 128, CONTROL_SIZE, 0]);
    put(DESCRIPTORS, &[u64::MAX]);
    for (index, mapping) in mappings.iter().enumerate() {
        let arguments = [mapping.address, mapping.length, mapping.protection, mapping.flags, mapping.offset];
        put(MAPPINGS + index * MAPPING_SIZE, &arguments);
    }
    bytes
}

/// Registers for the code at `code`, which is to map this many files.
pub fn prepare_passing(registers: &Registers, code: u64, scratch: u64, files: usize) -> Registers {
    Registers {
        rip: code,
        // Not inside a system call, so that the kernel restarts none when the task resumes.
        orig_rax: u64::MAX,
        rdi: libc::AF_UNIX as u64,
        rsi: (libc::SOCK_STREAM | libc::SOCK_CLOEXEC) as u64,
        rdx: 0,
        r10: scratch,
        rbx: scratch,
        r12: scratch + DESCRIPTORS as u64,
        r13: scratch + MAPPINGS as u64,
        r14: files as u64,
        ..*registers
    }
}

/// The result of the call that makes the sockets, at the breakpoint behind it: a value, or a negated errno.
pub fn passing_result(registers: &Registers) -> i64 {
    registers.rax.cast_signed()
}

/// The result of mmap(2) for a file, by its number, when the code has come to its end: an address, or a
/// negated errno.
pub fn passed_result(memory: &[u8; PASSED_SCRATCH], file: usize) -> i64 {
    let bytes = memory[MAPPINGS + file * MAPPING_SIZE..].first_chunk();
    bytes.map_or(-i64::from(libc::EINVAL), |bytes| i64::from_le_bytes(*bytes))
}
