//! The registers of x86-64, and the calling conventions of functions and system calls (System V ABI).

use super::super::{RegisterFlag, RegisterRequests, ReturnAddress};
use super::system_calls::CLONES_OF_32_BIT_CODE;
use libc::{c_long, c_uint, user_regs_struct};
use std::mem::offset_of;

/// The general registers, as the kernel gives them to a tracer (ptrace(2)).
pub type Registers = user_regs_struct;

/// The requests for these registers. PTRACE_PEEKUSER takes an offset in `struct user`, whose first member is
/// the registers. For a 32-bit task, too, these requests give 64-bit registers; PTRACE_GETREGSET does not.
pub const REGISTER_REQUESTS: Option<RegisterRequests> = Some(RegisterRequests {
    read_all: libc::PTRACE_GETREGS,
    set_all: libc::PTRACE_SETREGS,
    read_one: libc::PTRACE_PEEKUSER,
    set_one: libc::PTRACE_POKEUSER,
});

/// Offset of the program counter in [`Registers`].
pub const PROGRAM_COUNTER: usize = offset_of!(Registers, rip);

/// Offset of the stack pointer.
pub const STACK_POINTER: usize = offset_of!(Registers, rsp);

/// Offset of the number of the system call that a task is in, or was in when a signal ended it.
pub const CURRENT_SYSCALL: usize = offset_of!(Registers, orig_rax);

/// The resume flag (Intel SDM, volume 3, "Instruction-Breakpoint Exception Condition"): no hardware
/// breakpoint stops the next instruction.
pub const RESUME_FLAG: Option<RegisterFlag> =
    Some(RegisterFlag { offset: offset_of!(Registers, eflags), bit: 1 << 16 });

/// The set of all registers that are not general ones, for PTRACE_GETREGSET: NT_X86_XSTATE of elf.h.
pub const EXTENDED_REGISTERS: c_uint = 0x202;

/// An upper bound for the size of that set in bytes (Intel SDM, volume 1, chapter 13).
pub const MAX_EXTENDED_REGISTERS: usize = 1 << 14;

/// The instruction that makes a system call: `syscall`.
pub const SYSCALL_INSTRUCTION: &[u8] = &[0x0f, 0x05];

/// The size of a return address on the stack.
const RETURN_ADDRESS: u64 = 8;

/// The bytes below the stack pointer that belong to the current function (System V ABI, "The Stack Frame").
const RED_ZONE: u64 = 128;

/// `cs` of a task that runs 32-bit code (`__USER32_CS`).
const CODE_SEGMENT_32: u64 = 0x23;

/// Number and first argument of the system call that a task is in. In 32-bit code, only calls that make a
/// task have a number, which is that of 64-bit code; all others have -1.
pub fn current_syscall(registers: &Registers) -> (c_long, u64) {
    if registers.cs != CODE_SEGMENT_32 {
        return (registers.orig_rax.cast_signed(), registers.rdi);
    }
    let known = CLONES_OF_32_BIT_CODE.iter().find(|(number, _)| *number == registers.orig_rax);
    // The first argument is in ebx (syscall(2)).
    (known.map_or(-1, |(_, number)| *number), registers.rbx)
}

/// Does a task have a shadow stack? `field` gives a field of its `/proc/PID/status` by name.
pub fn has_shadow_stack(field: impl FnOnce(&str) -> Option<String>) -> bool {
    field("x86_Thread_features").is_some_and(|features| features.contains("shstk"))
}

/// Registers for a system call made by the instruction at `at`. The stack is not touched, nor is the red
/// zone below it: a system call uses no user stack.
pub fn prepare_syscall(registers: &Registers, at: u64, number: c_long, arguments: [u64; 6]) -> Registers {
    Registers {
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

/// The address of the system call instruction that a task has just returned from.
pub fn syscall_before(registers: &Registers) -> u64 {
    registers.rip.wrapping_sub(SYSCALL_INSTRUCTION.len() as u64)
}

/// What the system call returned: a value, or a negated errno.
pub fn syscall_result(registers: &Registers) -> i64 {
    registers.rax.cast_signed()
}

/// May the system call that a task is at the exit of have been refused by a filter that raises a signal? The
/// registers are then as they were before it (syscall_rollback in the kernel).
pub fn may_be_rolled_back(registers: &Registers) -> bool {
    registers.rax == registers.orig_rax
}

/// The system call that a signal has just ended and that would return EINTR, if there is one. (A call that
/// the kernel restarts by itself returns one of its ERESTART codes at that point.)
pub fn interrupted_syscall(registers: &Registers) -> Option<c_long> {
    let number = registers.orig_rax.cast_signed();
    (number >= 0 && syscall_result(registers) == -i64::from(libc::EINTR)).then_some(number)
}

/// Makes that system call begin again, as the kernel does for ERESTARTNOINTR (arch_do_signal_or_restart in
/// arch/x86/kernel/signal.c).
pub fn restart_syscall(registers: &mut Registers) {
    registers.rax = registers.orig_rax;
    registers.rip = syscall_before(registers);
}

/// The descriptor of a system call that has written something, and less than it was to write.
pub fn cut_write(registers: &Registers) -> Option<u64> {
    let is_write = matches!(registers.orig_rax.cast_signed(), libc::SYS_write | libc::SYS_sendto);
    let is_cut = (1..registers.rdx.cast_signed()).contains(&syscall_result(registers));
    (is_write && is_cut && registers.cs != CODE_SEGMENT_32).then_some(registers.rdi)
}

/// The registers with which that call is made for what it has not written.
pub fn write_rest(registers: &Registers) -> Registers {
    let (written, left) = (registers.rax, registers.rdx - registers.rax);
    let mut rest = Registers { rsi: registers.rsi + written, rdx: left, ..*registers };
    restart_syscall(&mut rest);
    Registers { orig_rax: u64::MAX, ..rest }
}

/// Makes that call, which had returned with the registers `first`, return that it has written so much `more`.
/// If a task is at the entry of a call, it does not make it.
pub fn add_written(registers: &mut Registers, first: &Registers, more: u64) {
    let Registers { rip, rsi, rdx, .. } = *first;
    *registers = Registers { rip, rsi, rdx, rax: first.rax + more, orig_rax: u64::MAX, ..*registers };
}

/// The program counter.
pub fn program_counter(registers: &Registers) -> u64 {
    registers.rip
}

/// The stack pointer.
pub fn stack_pointer(registers: &Registers) -> u64 {
    registers.rsp
}

/// The address of a scratch buffer of `size` bytes: below the red zone, 16-byte aligned.
pub fn scratch(registers: &Registers, size: u64) -> u64 {
    (registers.rsp.wrapping_sub(RED_ZONE + size)) & !15
}

/// The return address of a function that has just been entered is on top of the stack (System V ABI, "The
/// Stack Frame").
pub fn return_address(registers: &Registers) -> ReturnAddress {
    ReturnAddress::InMemory(registers.rsp)
}

/// Makes a function that has just been entered return to `address`, or gives where in memory `address` has to
/// be written for that.
pub fn set_return_address(registers: &mut Registers, _address: u64) -> Option<u64> {
    Some(registers.rsp)
}

/// Where the return address is kept of a function that is running, and that leaves the stack pointer `stack`
/// when it returns.
pub fn return_address_before(stack: u64) -> u64 {
    stack.wrapping_sub(RETURN_ADDRESS)
}

/// The stack pointer after the function that has just been entered, whose own stack pointer is `stack`, has
/// returned; or after the return address at `stack` has been popped.
pub fn stack_after_return(stack: u64) -> u64 {
    stack.wrapping_add(RETURN_ADDRESS)
}

/// Returns from a function that has just been entered to `address`.
pub fn return_to(registers: &mut Registers, address: u64) {
    registers.rip = address;
    registers.rsp = stack_after_return(registers.rsp);
}

/// Registers for an injected call of `function`, which takes no arguments: below the red zone, with the stack
/// aligned as at every entry of a function. The return address is not set.
pub fn prepare_call(registers: &Registers, function: u64) -> Registers {
    let stack = scratch(registers, RETURN_ADDRESS) - RETURN_ADDRESS;
    Registers { rip: function, rsp: stack, orig_rax: u64::MAX, ..*registers }
}

/// The first three arguments of a function (System V ABI, "Parameter Passing").
pub fn arguments(registers: &Registers) -> [u64; 3] {
    [registers.rdi, registers.rsi, registers.rdx]
}

/// The result of a function that has returned.
pub fn result(registers: &Registers) -> u64 {
    registers.rax
}

/// Sets the result of a function.
pub fn set_result(registers: &mut Registers, result: u64) {
    registers.rax = result;
}

/// The effect of an instruction that sets one register and touches no memory: the register becomes the sum
/// of `base`, if there is one, and `addend`. Registers have the numbers of the instruction encoding (0 is
/// `rax`, 4 `rsp`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// The register that is set.
    pub register: u8,
    /// The register that is read, which is another one.
    pub base: Option<u8>,
    /// What is added to it.
    pub addend: u64,
    /// Is it `xor` of the register with itself? That sets the flags, too.
    pub is_xor: bool,
}

/// The first instruction of a function, if it is one of those that most functions begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstInstruction {
    /// `endbr64`, which does nothing (Intel SDM, volume 1, "Control-flow Enforcement Technology").
    Endbr,
    /// `push` of the register with this number.
    Push(u8),
}

/// A system call that will be made next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyscallRequest {
    /// Its number.
    pub number: u64,
    /// Its first four arguments.
    pub arguments: [u64; 4],
    stack_pointer: u64,
}

impl Effect {
    /// Emulates the instruction, and continues at `next`.
    pub fn apply(&self, registers: &mut Registers, next: u64) {
        let base = self.base.map_or(0, |base| *register(registers, base));
        *register(registers, self.register) = base.wrapping_add(self.addend);
        if self.is_xor {
            // Carry, auxiliary carry, sign and overflow are cleared, zero and parity set (Intel SDM,
            // "EFLAGS").
            registers.eflags = (registers.eflags & !0x0895) | 0x0044;
        }
        registers.rip = next;
    }
}

impl FirstInstruction {
    /// The longest encoding in bytes.
    pub const MAX_LENGTH: usize = 4;

    /// Decodes the instruction that `code` begins with.
    pub fn decode(code: [u8; Self::MAX_LENGTH]) -> Option<Self> {
        match code {
            [0xf3, 0x0f, 0x1e, 0xfa] => Some(Self::Endbr),
            [push @ 0x50..=0x57, ..] => Some(Self::Push(push & 7)),
            [0x41, push @ 0x50..=0x57, ..] => Some(Self::Push(8 | push & 7)), // REX.B
            _ => None,
        }
    }

    /// Emulates it, except for its write to memory: gives the word that has to be written at the new stack
    /// pointer, if it pushes one.
    pub fn apply(self, registers: &mut Registers) -> Option<u64> {
        let (length, pushed) = match self {
            Self::Endbr => (4, None),
            Self::Push(number) => (1 + u64::from(number >> 3), Some(*register(registers, number))),
        };
        registers.rip = registers.rip.wrapping_add(length);
        registers.rsp = registers.rsp.wrapping_sub(if pushed.is_some() { 8 } else { 0 });
        pushed
    }
}

impl SyscallRequest {
    /// The call of a task that is at a system call instruction.
    pub fn of(registers: &Registers) -> Self {
        let Registers { rax, rdi, rsi, rdx, r10, rsp, .. } = *registers;
        Self { number: rax, arguments: [rdi, rsi, rdx, r10], stack_pointer: rsp }
    }

    /// Where the signal mask is kept that rt_sigreturn(2) restores: in the `ucontext` at the stack pointer,
    /// behind flags, link, stack and registers (`struct rt_sigframe` in arch/x86/include/asm/sigframe.h;
    /// the return from the handler has popped its first member).
    pub fn mask_to_restore(&self) -> u64 {
        self.stack_pointer.wrapping_add(8 + 8 + 24 + 256)
    }
}

fn register(registers: &mut Registers, number: u8) -> &mut u64 {
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

/// A register set in which every register is 0.
#[cfg(test)]
pub(super) const NO_REGISTERS: Registers = Registers {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_is_emulated_by_its_effect() {
        let mut registers = NO_REGISTERS;
        (registers.r8, registers.rdx, registers.eflags) = (7, 9, 0x0a93);
        Effect { register: 7, base: Some(8), addend: 1_u64.wrapping_neg(), is_xor: false }
            .apply(&mut registers, 50);
        assert_eq!((registers.rdi, registers.rip, registers.eflags), (6, 50, 0x0a93));
        Effect { register: 2, base: None, addend: 0, is_xor: true }.apply(&mut registers, 52);
        assert_eq!((registers.rdx, registers.rip, registers.eflags), (0, 52, 0x0246));
    }

    #[test]
    fn the_first_instruction_of_a_function_is_emulated() {
        let emulated = |code| {
            let mut registers = NO_REGISTERS;
            (registers.rip, registers.rsp, registers.rbp, registers.r13) = (100, 64, 5, 13);
            let pushed = FirstInstruction::decode(code)?.apply(&mut registers);
            Some((registers.rip, registers.rsp, pushed))
        };
        assert_eq!(emulated([0xf3, 0x0f, 0x1e, 0xfa]), Some((104, 64, None)), "endbr64");
        assert_eq!(emulated([0x55, 0x48, 0x89, 0xe5]), Some((101, 56, Some(5))), "push %rbp");
        assert_eq!(emulated([0x41, 0x55, 0, 0]), Some((102, 56, Some(13))), "push %r13");
        assert_eq!(emulated([0x54, 0, 0, 0]), Some((101, 56, Some(64))), "push %rsp stores what it was");
        for other in [[0xf3, 0x0f, 0x1e, 0xfb], [0x41, 0x58, 0, 0], [0x48, 0x83, 0xec, 8], [0x66, 0x50, 0, 0]]
        {
            assert_eq!(emulated(other), None, "endbr32, pop, sub, and a push of 2 bytes");
        }
    }
}
