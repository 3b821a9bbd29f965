//! Where an object makes the system calls by which a program changes what SIGTRAP does to it: rt_sigaction(2),
//! rt_sigprocmask(2) and rt_sigreturn(2), with the number loaded just before the `syscall` instruction. That is how the
//! C libraries and the runtimes of other languages make them; syscall(2), which takes any number, is not found.

use super::boundary::Walk;
use crate::elf::Refused;
use crate::elf::{Cache, Positioned};
use crate::elf::{Code, Region};
use crate::elf::{Segments, Svma};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
use memchr::memmem;
use std::cell::OnceCell;
use std::fs::File;

/// The signal calls of an object.
#[derive(Debug, Clone, Default)]
pub struct SignalCalls {
    /// Ascending by address.
    pub calls: Vec<SignalCall>,
    /// The object's segments.
    pub segments: Segments,
}

/// One place that makes such a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalCall {
    /// The number of the system call.
    pub number: u32,
    /// The last instruction before `syscall`. Whoever comes here makes the call next, and all its arguments are in
    /// place when this one has been executed.
    pub address: Svma,
    /// Its first byte.
    pub original: u8,
    /// The `syscall` instruction, which follows it.
    pub syscall: Svma,
    /// All that it does.
    pub effect: Effect,
}

/// What an instruction does that sets one register and touches no memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// The register, by the number that instructions have for it (0 is `rax`, 4 `rsp`).
    pub register: u8,
    /// The first summand of its new value.
    pub base: Base,
    /// The second one.
    pub addend: u64,
    /// Is it `xor` of the register with itself? That sets the flags too.
    pub is_xor: bool,
}

/// What [`Effect::addend`] is added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Nothing.
    Zero,
    /// The load bias: the value is an address in the object.
    Bias,
    /// A register, which is another than the one that is set.
    Register(u8),
}

const SYSCALL: [u8; 2] = [0x0f, 0x05];
/// How far before its `syscall` a number is looked for, in bytes.
const REACH: usize = 48;
/// How far before an instruction its function is looked for. Instructions fall into step within a few (x86 code
/// synchronises itself), should none begin there.
const APPROACH: u64 = 1 << 12;

impl SignalCalls {
    /// Of the object in `file`; none if it cannot be read, which is told elsewhere.
    pub fn read(file: &File) -> Self {
        let failure = OnceCell::new();
        let cache = Cache::new(Positioned::new(file, &failure));
        let found = crate::machine::open(&cache).and_then(|elf| {
            if elf.checks_leaks() {
                // Its task that looks for leaks cannot be followed (CLONE_UNTRACED), and would die of a hook.
                return Ok(Self::default());
            }
            let mut code = Code::read(&elf, &elf, Vec::new()).map_err(Refused::Damaged)?;
            let may_have = |region| syscalls(region).any(|at| loads(region, at).next().is_some());
            if !code.regions().iter().any(may_have) {
                return Ok(Self { calls: Vec::new(), segments: Segments::of(&elf) });
            }
            code.symbols = elf.function_symbols();
            let mut calls: Vec<_> =
                code.regions().iter().flat_map(|region| in_region(region, &code)).collect();
            calls.dedup();
            Ok(Self { calls, segments: Segments::of(&elf) })
        });
        found.unwrap_or_default()
    }
}

fn in_region(region: &Region, code: &Code) -> Vec<SignalCall> {
    syscalls(region).filter_map(|at| before(region, code, at)).collect()
}

/// The call that the `syscall` at this offset makes, if it is one of those.
fn before(region: &Region, code: &Code, syscall: usize) -> Option<SignalCall> {
    loads(region, syscall).find_map(|(at, number)| follow(region, code, at, syscall, number))
}

/// At which offsets something like a `syscall` is.
fn syscalls<'c>(region: &Region<'c>) -> impl Iterator<Item = usize> + use<'c> {
    memmem::find_iter(region.bytes, &SYSCALL)
}

/// At which offsets something like the load of a number is, the nearest to `syscall` first; and the numbers.
fn loads<'c>(region: &Region<'c>, syscall: usize) -> impl Iterator<Item = (usize, u32)> + use<'c> {
    let bytes = region.bytes;
    let reach = syscall.saturating_sub(REACH)..syscall;
    reach.rev().filter_map(move |at| Some((at, loaded_number(&bytes[at..syscall])?)))
}

/// The number that `mov $number, %eax`, or the same to `%rax`, loads, if that is what these bytes are.
fn loaded_number(bytes: &[u8]) -> Option<u32> {
    let number = match bytes {
        [0xb8, number @ ..] | [0x48, 0xc7, 0xc0, number @ ..] => number.first_chunk::<4>()?,
        _ => return None,
    };
    let number = u32::from_le_bytes(*number);
    [libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn]
        .contains(&i64::from(number))
        .then_some(number)
}

/// Follows the instructions from the load of the number, if it is one, to the `syscall`.
fn follow(region: &Region, code: &Code, load: usize, syscall: usize, number: u32) -> Option<SignalCall> {
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
    Some(SignalCall {
        number,
        address: Svma(address),
        original: *region.bytes.get((address - region.start) as usize)?,
        syscall: Svma(syscall),
        effect: effect(&last)?,
    })
    .filter(|_| decoder.ip() == syscall)
}

fn begins_instruction(region: &Region, code: &Code, address: u64) -> bool {
    let next = code.symbols.partition_point(|symbol| symbol.address <= address);
    let function = next.checked_sub(1).map_or(region.start, |last| code.symbols[last].address);
    let start = function.max(region.start).max(address.saturating_sub(APPROACH));
    Walk::new(region, &code.symbols, start).length_at(address).is_some()
}

/// Does control go on to the next instruction, with `%rax` as it was?
fn keeps_number(instruction: &Instruction) -> bool {
    use Mnemonic::{
        Add, And, Lea, Mov, Movaps, Movdqa, Movdqu, Movq, Movsxd, Movups, Movzx, Nop, Or, Push, Sub, Xor,
    };
    // None of these writes to a register that it does not name as its first operand, but for `%rsp`.
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

/// `mov $value, %r`, `mov %r, %r`, `lea displacement(%r), %r` or `xor %r, %r`.
fn effect(instruction: &Instruction) -> Option<Effect> {
    let to = instruction.op0_register();
    let is_general = |register: Register| register.is_gpr64() || register.is_gpr32();
    if instruction.op0_kind() != OpKind::Register || !is_general(to) {
        return None;
    }
    let (base, addend) = match (instruction.mnemonic(), instruction.op1_kind()) {
        (Mnemonic::Mov, OpKind::Immediate32 | OpKind::Immediate32to64 | OpKind::Immediate64) => {
            (Base::Zero, instruction.immediate(1))
        }
        (Mnemonic::Mov, OpKind::Register) if to.is_gpr64() => {
            (Base::Register(number_of(instruction.op1_register())?), 0)
        }
        (Mnemonic::Lea, OpKind::Memory) if to.is_gpr64() && instruction.memory_index() == Register::None => {
            match instruction.memory_base() {
                Register::RIP => (Base::Bias, instruction.ip_rel_memory_address()),
                base => (Base::Register(number_of(base)?), instruction.memory_displacement64()),
            }
        }
        (Mnemonic::Xor, OpKind::Register) if instruction.op1_register() == to => (Base::Zero, 0),
        _ => return None,
    };
    let is_xor = instruction.mnemonic() == Mnemonic::Xor;
    let register = number_of(to.full_register())?;
    // To execute it twice must be to execute it once.
    (base != Base::Register(register)).then_some(Effect { register, base, addend, is_xor })
}

fn number_of(register: Register) -> Option<u8> {
    register.is_gpr64().then(|| register.number() as u8)
}
