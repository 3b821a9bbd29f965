//! x86-64: `int3`, `rip`, and the system call convention of the System V ABI.

use libc::{c_long, user_regs_struct};
use std::mem::offset_of;

/// `e_machine` of the programs that can be traced (elf(5)).
pub(crate) const ELF_MACHINE: object::elf::Machine = object::elf::EM_X86_64;

/// The machine, for messages.
pub const MACHINE: &str = "x86-64";

/// `int3` (Intel SDM, volume 2): one byte, so it fits over any instruction.
pub const BREAKPOINT: u8 = 0xcc;

/// Offset of the program counter in `struct user` (its first member is the registers), for PTRACE_PEEKUSER.
pub const PROGRAM_COUNTER: usize = offset_of!(user_regs_struct, rip);

/// Offset of the flags in `struct user`.
pub const FLAGS: usize = offset_of!(user_regs_struct, eflags);

/// Offset of the stack pointer.
pub const STACK_POINTER: usize = offset_of!(user_regs_struct, rsp);

/// Offset of the base of the segment that is forkcov's.
pub const COUNTERS: usize = offset_of!(user_regs_struct, gs_base);

/// The resume flag (Intel SDM, volume 3, "Instruction-Breakpoint Exception Condition"): no hardware breakpoint stops
/// the next instruction.
pub const RESUME_FLAG: u64 = 1 << 16;

/// Offset of the number of the system call that a task is in, or was, when a signal ended it.
pub const CURRENT_SYSCALL: usize = offset_of!(user_regs_struct, orig_rax);

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
    arguments: [u64; 6],
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
        r8: arguments[4],
        r9: arguments[5],
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

/// Where the return address of a call from outside is kept, and the registers for that call of `function`, which takes
/// nothing: below the red zone, with the stack aligned as at every entry of a function.
pub fn prepare_call(registers: &user_regs_struct, function: u64) -> (u64, user_regs_struct) {
    let stack = scratch(registers, 8) - 8;
    (stack, user_regs_struct { rip: function, rsp: stack, orig_rax: u64::MAX, ..*registers })
}

/// The stack pointer behind the return address that a function that has just been entered will return to.
pub fn stack_after_return(registers: &user_regs_struct) -> u64 {
    registers.rsp.wrapping_add(8)
}

/// The stack pointer.
pub fn stack_pointer(registers: &user_regs_struct) -> u64 {
    registers.rsp
}

/// The first three arguments of a function (System V ABI, "Parameter Passing").
pub fn arguments(registers: &user_regs_struct) -> [u64; 3] {
    [registers.rdi, registers.rsi, registers.rdx]
}

/// Sets what a function gives back.
pub fn set_result(registers: &mut user_regs_struct, result: u64) {
    registers.rax = result;
}

/// What an instruction does that sets one register and touches no memory: the sum of `base`, if there is one, and
/// `addend` goes to `register`. Registers have the numbers that instructions have for them (0 is `rax`, 4 `rsp`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// The register that is set.
    pub register: u8,
    /// The register that is read.
    pub base: Option<u8>,
    /// What is added to it.
    pub addend: u64,
    /// Is it `xor` of the register with itself?
    pub is_xor: bool,
}

/// The first instruction of a function, where it is one of those that most functions begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// `endbr64`, which does nothing (Intel SDM, volume 1, "Control-flow Enforcement Technology").
    Mark,
    /// `push` of the register with this number.
    Push(u8),
}

/// A system call that is about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Its number.
    pub number: u64,
    /// Its first four arguments.
    pub arguments: [u64; 4],
    stack_pointer: u64,
}

impl Effect {
    /// Carries it out, and goes on at `next`.
    pub(crate) fn apply(&self, registers: &mut user_regs_struct, next: u64) {
        let base = self.base.map_or(0, |base| *register(registers, base));
        *register(registers, self.register) = base.wrapping_add(self.addend);
        if self.is_xor {
            // Carry, auxiliary carry, sign and overflow are cleared, zero and parity set (Intel SDM, "EFLAGS").
            registers.eflags = (registers.eflags & !0x0895) | 0x0044;
        }
        registers.rip = next;
    }
}

impl Beginning {
    /// Of a function of this code.
    pub fn of(code: [u8; 4]) -> Option<Self> {
        match code {
            [0xf3, 0x0f, 0x1e, 0xfa] => Some(Self::Mark),
            [push @ 0x50..=0x57, ..] => Some(Self::Push(push & 7)),
            [0x41, push @ 0x50..=0x57, ..] => Some(Self::Push(8 | push & 7)), // REX.B
            _ => None,
        }
    }

    /// Carries it out, but for the memory: gives the word that is to stand at the new stack pointer, if it pushes one.
    pub(crate) fn apply(self, registers: &mut user_regs_struct) -> Option<u64> {
        let (length, pushed) = match self {
            Self::Mark => (4, None),
            Self::Push(number) => (1 + u64::from(number >> 3), Some(*register(registers, number))),
        };
        registers.rip = registers.rip.wrapping_add(length);
        registers.rsp = registers.rsp.wrapping_sub(if pushed.is_some() { 8 } else { 0 });
        pushed
    }
}

impl Call {
    pub(crate) fn of(registers: &user_regs_struct) -> Self {
        let user_regs_struct { rax, rdi, rsi, rdx, r10, rsp, .. } = *registers;
        Self { number: rax, arguments: [rdi, rsi, rdx, r10], stack_pointer: rsp }
    }

    /// Where the signal mask is kept that the call, if it is rt_sigreturn(2), restores: in the `ucontext` at the
    /// stack pointer (`struct rt_sigframe` in arch/x86/include/asm/sigframe.h; the handler has returned, and so has
    /// popped the first member), behind flags, link, stack and registers.
    pub fn mask_to_restore(&self) -> u64 {
        self.stack_pointer.wrapping_add(8 + 8 + 24 + 256)
    }
}

fn register(registers: &mut user_regs_struct, number: u8) -> &mut u64 {
    match number & 15 {
        0 => &mut registers.rax,
        1 => &mut registers.rcx,
        2 => &mut registers.rdx,
        3 => &mut registers.rbx,
        4 => &mut registers.rsp,
        5 => &mut registers.rbp,
        6 => &mut registers.rsi,
        7 => &mut registers.rdi,
        8 => &mut registers.r8,
        9 => &mut registers.r9,
        10 => &mut registers.r10,
        11 => &mut registers.r11,
        12 => &mut registers.r12,
        13 => &mut registers.r13,
        14 => &mut registers.r14,
        _ => &mut registers.r15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register set in which every register is 0.
    const ZERO: user_regs_struct = user_regs_struct {
        r15: 0,
        r14: 0,
        r13: 0,
        r12: 0,
        rbp: 0,
        rbx: 0,
        r11: 0,
        r10: 0,
        r9: 0,
        r8: 0,
        rax: 0,
        rcx: 0,
        rdx: 0,
        rsi: 0,
        rdi: 0,
        orig_rax: 0,
        rip: 0,
        cs: 0,
        eflags: 0,
        rsp: 0,
        ss: 0,
        fs_base: 0,
        gs_base: 0,
        ds: 0,
        es: 0,
        fs: 0,
        gs: 0,
    };

    #[test]
    fn an_instruction_is_carried_out_by_its_effect() {
        let mut registers = ZERO;
        (registers.r8, registers.rdx, registers.eflags) = (7, 9, 0x0a93);
        Effect { register: 7, base: Some(8), addend: 1_u64.wrapping_neg(), is_xor: false }
            .apply(&mut registers, 50);
        assert_eq!((registers.rdi, registers.rip, registers.eflags), (6, 50, 0x0a93));
        Effect { register: 2, base: None, addend: 0, is_xor: true }.apply(&mut registers, 52);
        assert_eq!((registers.rdx, registers.rip, registers.eflags), (0, 52, 0x0246));
    }

    #[test]
    fn the_first_instruction_of_a_function_is_carried_out() {
        let carried_out = |code| {
            let mut registers = ZERO;
            (registers.rip, registers.rsp, registers.rbp, registers.r13) = (100, 64, 5, 13);
            let pushed = Beginning::of(code)?.apply(&mut registers);
            Some((registers.rip, registers.rsp, pushed))
        };
        assert_eq!(carried_out([0xf3, 0x0f, 0x1e, 0xfa]), Some((104, 64, None)), "endbr64");
        assert_eq!(carried_out([0x55, 0x48, 0x89, 0xe5]), Some((101, 56, Some(5))), "push %rbp");
        assert_eq!(carried_out([0x41, 0x55, 0, 0]), Some((102, 56, Some(13))), "push %r13");
        assert_eq!(carried_out([0x54, 0, 0, 0]), Some((101, 56, Some(64))), "push %rsp stores what it was");
        for other in [[0xf3, 0x0f, 0x1e, 0xfb], [0x41, 0x58, 0, 0], [0x48, 0x83, 0xec, 8], [0x66, 0x50, 0, 0]]
        {
            assert_eq!(carried_out(other), None, "endbr32, pop, sub, and a push of 2 bytes");
        }
    }
}
