//! x86-64: `int3`, `rip`, and the system call convention of the System V ABI.

use libc::{c_long, user_regs_struct};
use std::mem::offset_of;

/// The ELF machine that can be traced.
pub const MACHINE: &str = "x86-64";

/// `int3` (Intel SDM, volume 2): one byte, so it fits over any instruction.
pub const BREAKPOINT: u8 = 0xcc;

/// Offset of the program counter in `struct user` (its first member is the registers), for PTRACE_PEEKUSER.
pub const PROGRAM_COUNTER: usize = offset_of!(user_regs_struct, rip);

/// Offset of the flags in `struct user`.
pub const FLAGS: usize = offset_of!(user_regs_struct, eflags);

/// The resume flag (Intel SDM, volume 3, "Instruction-Breakpoint Exception Condition"): no hardware breakpoint stops
/// the next instruction.
pub const RESUME_FLAG: u64 = 1 << 16;

/// The bytes of the instruction that makes a system call.
pub const SYSCALL_INSTRUCTION: &[u8] = &[0x0f, 0x05];

/// The address of the breakpoint whose trap leaves the program counter at `pc`: `int3` is a trap, so the
/// counter has passed it.
pub const fn breakpoint_at(pc: u64) -> u64 {
    pc.wrapping_sub(1)
}

/// `cs` of a task that runs 32-bit code (`__USER32_CS`).
const CODE_SEGMENT_32: u64 = 0x23;

/// Number and first argument of the system call that a task is in. Those of 32-bit code that make a task are given
/// by their numbers here.
pub fn current_syscall(registers: &user_regs_struct) -> (c_long, u64) {
    if registers.cs != CODE_SEGMENT_32 {
        return (registers.orig_rax.cast_signed(), registers.rdi);
    }
    // arch/x86/entry/syscalls/syscall_32.tbl; the first argument is in ebx (syscall(2)).
    let number = match registers.orig_rax {
        2 => libc::SYS_fork,
        120 => libc::SYS_clone,
        190 => libc::SYS_vfork,
        435 => libc::SYS_clone3,
        _ => -1,
    };
    (number, registers.rbx)
}

/// Registers for a system call made by the instruction at `at`. The red zone of 128 bytes below the stack
/// pointer stays untouched: a system call uses no user stack.
pub fn prepare_syscall(
    registers: &user_regs_struct,
    at: u64,
    number: c_long,
    arguments: [u64; 4],
) -> user_regs_struct {
    user_regs_struct {
        rip: at,
        rax: number.cast_unsigned(),
        // Not inside a system call, so that the kernel restarts none when the task resumes.
        orig_rax: u64::MAX,
        rdi: arguments[0],
        rsi: arguments[1],
        rdx: arguments[2],
        r10: arguments[3],
        ..*registers
    }
}

/// The instruction of the system call that a task has just returned from.
pub fn syscall_before(registers: &user_regs_struct) -> u64 {
    registers.rip.wrapping_sub(SYSCALL_INSTRUCTION.len() as u64)
}

/// What the system call returned: a value, or a negated errno.
pub fn syscall_result(registers: &user_regs_struct) -> i64 {
    registers.rax.cast_signed()
}

/// The system call that has just been ended by a signal and would return EINTR, if there is one. (One that the
/// kernel would begin again by itself returns one of its ERESTART codes at that point.)
pub fn interrupted_syscall(registers: &user_regs_struct) -> Option<c_long> {
    let number = registers.orig_rax.cast_signed();
    (number >= 0 && syscall_result(registers) == -i64::from(libc::EINTR)).then_some(number)
}

/// Makes that system call begin again, as the kernel does it for ERESTARTNOINTR (arch_do_signal_or_restart in
/// arch/x86/kernel/signal.c).
pub fn restart_syscall(registers: &mut user_regs_struct) {
    registers.rax = registers.orig_rax;
    registers.rip = syscall_before(registers);
}

/// Where a scratch buffer of `size` bytes can stand: below the red zone, 16-byte aligned.
pub fn scratch(registers: &user_regs_struct, size: u64) -> u64 {
    (registers.rsp.wrapping_sub(128 + size)) & !15
}

/// Where the return address of a function that has just been entered is kept (System V ABI, "The Stack Frame").
pub fn return_address(registers: &user_regs_struct) -> u64 {
    registers.rsp
}

/// Returns from such a function to `address`.
pub fn return_to(registers: &mut user_regs_struct, address: u64) {
    registers.rip = address;
    registers.rsp = registers.rsp.wrapping_add(8);
}
