//! Where code makes the system calls by which a program changes what SIGTRAP does to it: rt_sigaction(2),
//! rt_sigprocmask(2) and rt_sigreturn(2); and ptrace(2).
//!
//! The number must be loaded right before the `syscall` instruction. That is how C libraries and the
//! runtimes of other languages make these calls. The function syscall(2), which takes any number, is not
//! found.

use super::InstructionWalk;
use super::registers::{Effect, SYSCALL_INSTRUCTION};
use crate::elf::{Code, Region, Svma};
use crate::machine::{Patch, SignalCallSite};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
use memchr::memmem;

/// The load of a number is searched for in so many bytes before the `syscall`.
const REACH: usize = 48;
/// The start of a function is searched for in so many bytes before an instruction. If no instruction begins
/// at the limit, decoding synchronises itself after a few instructions.
const APPROACH: u64 = 1 << 12;

/// May the code of a region make such calls? A quick look, which needs no symbols.
pub(crate) fn may_make_signal_calls(region: &Region) -> bool {
    syscalls(region).any(|at| loads(region, at).next().is_some())
}

/// The places of a region of `code` that make such calls, ascending.
pub(crate) fn signal_call_sites(region: &Region, code: &Code) -> Vec<SignalCallSite> {
    syscalls(region).filter_map(|at| before(region, code, at)).collect()
}

/// The call that the `syscall` at this offset makes, if it is a signal call.
fn before(region: &Region, code: &Code, syscall: usize) -> Option<SignalCallSite> {
    loads(region, syscall).find_map(|(at, number)| follow(region, code, at, syscall, number))
}

/// The offsets of bytes that look like a `syscall`.
fn syscalls<'c>(region: &Region<'c>) -> impl Iterator<Item = usize> + use<'c> {
    memmem::find_iter(region.bytes, SYSCALL_INSTRUCTION)
}

/// The offsets of bytes that look like the load of a number, the nearest to `syscall` first; and the numbers.
fn loads<'c>(region: &Region<'c>, syscall: usize) -> impl Iterator<Item = (usize, u32)> + use<'c> {
    let bytes = region.bytes;
    let reach = syscall.saturating_sub(REACH)..syscall;
    reach.rev().filter_map(move |at| Some((at, loaded_number(&bytes[at..syscall])?)))
}

/// The number of a signal call that `mov $number, %eax` or `mov $number, %rax` loads, if these bytes are
/// one of them.
fn loaded_number(bytes: &[u8]) -> Option<u32> {
    let number = match bytes {
        [0xb8, number @ ..] | [0x48, 0xc7, 0xc0, number @ ..] => number.first_chunk::<4>()?,
        _ => return None,
    };
    let number = u32::from_le_bytes(*number);
    [libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_ptrace]
        .contains(&i64::from(number))
        .then_some(number)
}

/// Follows the instructions from the load of the number, if it is one, to the `syscall`.
fn follow(region: &Region, code: &Code, load: usize, syscall: usize, number: u32) -> Option<SignalCallSite> {
    let (load, syscall) = (region.start + load as u64, region.start + syscall as u64);
    if !begins_instruction(region, code, load) {
        return None;
    }
    let mut decoder = Decoder::with_ip(64, region.bytes, region.start, DecoderOptions::NONE);
    decoder.set_position((load - region.start) as usize).ok()?;
    decoder.set_ip(load);
    let mut last = decoder.decode();
    while decoder.ip() < syscall {
        last = decoder.decode();
        if !keeps_number(&last) {
            return None;
        }
    }
    let address = last.ip();
    let LoadedEffect { effect, is_address } = effect_of(&last)?;
    Some(SignalCallSite {
        number,
        address: Svma(address),
        original: Patch::first(region.bytes.get((address - region.start) as usize..)?)?,
        syscall: Svma(syscall),
        effect,
        is_address,
    })
    .filter(|_| decoder.ip() == syscall)
}

fn begins_instruction(region: &Region, code: &Code, address: u64) -> bool {
    let next = code.symbols.partition_point(|symbol| symbol.address <= address);
    let function = next.checked_sub(1).map_or(region.start, |last| code.symbols[last].address);
    let start = function.max(region.start).max(address.saturating_sub(APPROACH));
    InstructionWalk::new(region, &code.symbols, start).length_at(address).is_some()
}

/// Does control continue at the next instruction, with `%rax` unchanged?
fn keeps_number(instruction: &Instruction) -> bool {
    use Mnemonic::{
        Add, And, Lea, Mov, Movaps, Movdqa, Movdqu, Movq, Movsxd, Movups, Movzx, Nop, Or, Push, Sub, Xor,
    };
    // None of these writes to a register other than its first operand and `%rsp`.
    let is_plain = matches!(
        instruction.mnemonic(),
        Add | And
            | Lea
            | Mov
            | Movaps
            | Movdqa
            | Movdqu
            | Movq
            | Movsxd
            | Movups
            | Movzx
            | Nop
            | Or
            | Push
            | Sub
            | Xor
    );
    let writes_rax = instruction.op0_kind() == OpKind::Register
        && instruction.op0_register().full_register() == Register::RAX;
    is_plain && !writes_rax && instruction.flow_control() == FlowControl::Next
}

/// What an instruction does, once the object is loaded.
struct LoadedEffect {
    effect: Effect,
    /// Is the addend an address in the object?
    is_address: bool,
}

/// The effect of `mov $value, %r`, `mov %r, %r`, `lea displacement(%r), %r` or `xor %r, %r`.
fn effect_of(instruction: &Instruction) -> Option<LoadedEffect> {
    let to = instruction.op0_register();
    let is_general = |register: Register| register.is_gpr64() || register.is_gpr32();
    if instruction.op0_kind() != OpKind::Register || !is_general(to) {
        return None;
    }
    let (base, addend) = match (instruction.mnemonic(), instruction.op1_kind()) {
        (Mnemonic::Mov, OpKind::Immediate32 | OpKind::Immediate32to64 | OpKind::Immediate64) => {
            (None, instruction.immediate(1))
        }
        (Mnemonic::Mov, OpKind::Register) if to.is_gpr64() => {
            (Some(number_of(instruction.op1_register())?), 0)
        }
        (Mnemonic::Lea, OpKind::Memory) if to.is_gpr64() && instruction.memory_index() == Register::None => {
            match instruction.memory_base() {
                Register::RIP => (None, instruction.ip_rel_memory_address()),
                base => (Some(number_of(base)?), instruction.memory_displacement64()),
            }
        }
        (Mnemonic::Xor, OpKind::Register) if instruction.op1_register() == to => (None, 0),
        _ => return None,
    };
    let is_xor = instruction.mnemonic() == Mnemonic::Xor;
    let is_address = instruction.mnemonic() == Mnemonic::Lea && instruction.memory_base() == Register::RIP;
    let register = number_of(to.full_register())?;
    // To execute it twice must be the same as to execute it once.
    let effect = Effect { register, base, addend, is_xor };
    (base != Some(register)).then_some(LoadedEffect { effect, is_address })
}

fn number_of(register: Register) -> Option<u8> {
    register.is_gpr64().then(|| register.number() as u8)
}
