//! Which blocks can have a trampoline, and which instructions of a block its copy has.
//!
//! The jump to a copy is 5 bytes long, and no task may come to the inside of it. So all code that it
//! replaces is of one basic block ([`Leaders`]). The copy begins at the last site of the block, or a little
//! before it.
//!
//! The copy of a block that ends with a call, whose last site is `S` and whose instructions are `S: mov;
//! call FUNCTION`, is
//!
//! ```text
//!     add byte gs:[COUNTER], 1     where the flags that this sets are dead
//!     js saturated                 the counter has reached 128
//!     mov                          what was at S, relocated
//!     push [RETURN]                the call returns to the original code
//!     jmp FUNCTION
//! saturated:
//!     int3
//! ```

use std::ops::Range;

use iced_x86::{
    Code as Opcode, ConditionCode, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind,
    Register,
};

use super::block_end::BlockEnd;
use super::encode::Encoder;
use super::{JUMP_LENGTH, Leaders, REACH};
use crate::elf::Code;
use crate::machine::{Site, Trampolines};

/// An object has no trampolines if their code would be longer, in bytes: each process has its own copy of
/// the code.
const MAX_CODE: usize = 1 << 24;
/// Few out-of-line copies are shorter, in bytes.
const SHORTEST_COPY: usize = 20;
/// At most this many bytes of original code are replaced.
const MAX_REPLACED: usize = 48;
/// The liveness of flags is followed for so many instructions.
const FLAGS_HORIZON: usize = 12;

/// Are the arithmetic flags needed after an instruction?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Liveness {
    /// They are read before they are set.
    Live,
    /// They are set, or lose their meaning, before they are read.
    Dead,
}

/// Plans the trampolines of an object's blocks.
struct Planner<'m, 'c> {
    code: &'m Code<'c>,
    leaders: &'m Leaders<'m, 'c>,
    sites: &'m [Site],
}

/// Plans all trampolines that an object can have; none for sites in the ranges `apart`, where blocks are
/// not known. `sites` ascend, and those of one block are joined.
pub(crate) fn plan(code: &Code, leaders: &Leaders, sites: &[Site], apart: &[Range<u64>]) -> Trampolines {
    let mut encoder = Encoder::default();
    let blocks = sites.iter().filter(|site| !site.joined).count();
    if blocks * SHORTEST_COPY > MAX_CODE || leaders.uses_gs() {
        return Trampolines::default();
    }
    let planner = Planner { code, leaders, sites };
    for (index, site) in sites.iter().enumerate() {
        let address = site.address.0;
        let is_apart = || apart.iter().any(|range| range.contains(&address));
        if site.joined || !leaders.is_known(address) || is_apart() {
            continue;
        }
        if let Some(block_end) = planner.block_end(leaders.run_start(address), address, encoder.end()) {
            encoder.add(index as u32, &block_end, code);
        }
        if encoder.0.code.len() > MAX_CODE {
            return Trampolines::default();
        }
    }
    encoder.finished()
}

impl Planner<'_, '_> {
    /// The end of a block that can be copied and replaced by a jump. Instructions run one after the other
    /// from `first` to the last site at `last`. Code before `free` is replaced already.
    fn block_end(&self, first: u64, last: u64, free: u64) -> Option<BlockEnd> {
        let mut instructions = self.movable(first, last);
        instructions.retain(|instruction| instruction.ip() >= free);
        let site = instructions.iter().position(|instruction| instruction.ip() == last)?;
        let flags_are_dead = |index: &usize| self.flags_are_dead(&instructions[*index..]);
        // To count at the site or behind it is best: nothing has to be undone if a task does not reach the
        // site.
        let count = (site..instructions.len())
            .find(flags_are_dead)
            .or_else(|| (0..site).rev().find(flags_are_dead))?;
        let length = |range: Range<usize>| instructions[range].iter().map(Instruction::len).sum::<usize>();
        let mut start = site.min(count);
        let mut end = site.max(count) + 1;
        while length(start..end) < JUMP_LENGTH && end < instructions.len() {
            end += 1;
        }
        let padding = if end == instructions.len() { self.padding(&instructions[end - 1]) } else { 0 };
        while length(start..end) + padding < JUMP_LENGTH {
            start = start.checked_sub(1)?;
        }
        let is_short = length(start..end) <= MAX_REPLACED;
        is_short.then(|| BlockEnd {
            instructions: instructions[start..end].to_vec(),
            site: site - start,
            count: count - start,
        })
    }

    /// The instructions of a block that can run out of line: those up to its last site, and some behind it.
    fn movable(&self, first: u64, last: u64) -> Vec<Instruction> {
        let mut instructions = Vec::new();
        for instruction in self.decode(first) {
            let here = instruction.ip();
            let refers = |start, end| self.leaders.refers_into(start, end);
            let begins_block = refers(here, here + 1);
            let is_beyond =
                here > last && (begins_block || self.is_site(here) || here - last > MAX_REPLACED as u64);
            if instruction.is_invalid() || is_beyond {
                break;
            }
            if begins_block {
                instructions.clear();
            }
            let goes_on = instruction.flow_control() == FlowControl::Next;
            // Some code jumps behind a `lock` prefix. Anything else that seems to refer to the inside of an
            // instruction is an ordinary number.
            let is_whole = !instruction.has_lock_prefix() || !refers(here + 1, instruction.next_ip());
            if !is_whole || !(if goes_on { can_move(&instruction) } else { can_end(&instruction) }) {
                if here >= last {
                    break;
                }
                // The instructions before it stay in place.
                instructions.clear();
                continue;
            }
            instructions.push(instruction);
            if !goes_on {
                break;
            }
        }
        instructions
    }

    /// The number of padding bytes behind an instruction that does not continue to the next one.
    fn padding(&self, instruction: &Instruction) -> usize {
        if !matches!(instruction.flow_control(), FlowControl::Return | FlowControl::UnconditionalBranch) {
            return 0;
        }
        let is_padding = |filler: &Instruction| {
            matches!(filler.mnemonic(), Mnemonic::Nop | Mnemonic::Int3)
                && !self.leaders.refers_into(filler.ip(), filler.next_ip())
                && !self.is_site(filler.ip())
        };
        self.decode(instruction.next_ip())
            .take(JUMP_LENGTH)
            .take_while(is_padding)
            .map(|filler| filler.len())
            .sum()
    }

    fn is_site(&self, address: u64) -> bool {
        self.sites.binary_search_by_key(&address, |site| site.address.0).is_ok()
    }

    /// Are the flags dead before `instructions`, the rest of a block?
    fn flags_are_dead(&self, instructions: &[Instruction]) -> bool {
        let Some(mut last) = instructions.first() else { return false };
        for instruction in instructions.iter().take(FLAGS_HORIZON) {
            if let Some(liveness) = self.flags_liveness(instruction) {
                return liveness == Liveness::Dead;
            }
            last = instruction;
        }
        let mut next = only_successor(last);
        for _ in instructions.len()..FLAGS_HORIZON {
            let instruction = next.and_then(|address| self.decode(address).next());
            let Some(instruction) = instruction.filter(|instruction| !instruction.is_invalid()) else {
                return false;
            };
            if let Some(liveness) = self.flags_liveness(&instruction) {
                return liveness == Liveness::Dead;
            }
            next = only_successor(&instruction);
        }
        false
    }

    /// The liveness of the flags before an instruction; `None` if the instructions after it decide.
    fn flags_liveness(&self, instruction: &Instruction) -> Option<Liveness> {
        if instruction.rflags_read() != 0 {
            return Some(Liveness::Live);
        }
        // System V ABI, "Registers": flags are preserved neither for a callee nor for a caller. The same
        // holds in Go, but for a function that clears memory.
        if self.leaders.keeps_flags(instruction) {
            return Some(Liveness::Live);
        }
        let ends = match instruction.flow_control() {
            FlowControl::Call => instruction.op0_kind() == OpKind::NearBranch64, // `syscall` is a call, too.
            flow => matches!(flow, FlowControl::IndirectCall | FlowControl::Return),
        };
        (ends || sets_all_flags(instruction)).then_some(Liveness::Dead)
    }

    fn decode(&self, address: u64) -> impl Iterator<Item = Instruction> {
        let bytes = self.code.region(address).map_or(&[][..], |region| {
            region.bytes.get((address - region.start) as usize..).unwrap_or_default()
        });
        Decoder::with_ip(64, bytes, address, DecoderOptions::NONE).into_iter()
    }
}

/// Can an instruction run out of line, after relocation?
fn can_move(instruction: &Instruction) -> bool {
    let is_far = instruction.is_ip_rel_memory_operand()
        && instruction.ip_rel_memory_address().abs_diff(instruction.ip()) > REACH;
    // It may set the trap flag.
    let sets_flags = matches!(instruction.mnemonic(), Mnemonic::Popfq | Mnemonic::Popf);
    !is_far && !sets_flags
}

/// Can a copy end with this instruction?
fn can_end(instruction: &Instruction) -> bool {
    let is_near = instruction.op0_kind() == OpKind::NearBranch64;
    let is_plain = can_move(instruction) && instruction.memory_base() != Register::RSP;
    match instruction.flow_control() {
        FlowControl::ConditionalBranch => is_near && instruction.condition_code() != ConditionCode::None,
        FlowControl::UnconditionalBranch | FlowControl::Call => is_near,
        FlowControl::Return => {
            matches!(instruction.code(), Opcode::Retnq | Opcode::Retnq_imm16)
        }
        FlowControl::IndirectBranch => is_plain && instruction.code() == Opcode::Jmp_rm64,
        FlowControl::IndirectCall => {
            is_plain && instruction.code() == Opcode::Call_rm64 && instruction.op0_register() != Register::RSP
        }
        _ => false,
    }
}

/// The address of the next instruction to run, if that is always the same.
fn only_successor(instruction: &Instruction) -> Option<u64> {
    match instruction.flow_control() {
        FlowControl::Next => Some(instruction.next_ip()),
        FlowControl::UnconditionalBranch => Some(instruction.near_branch_target()),
        _ => None,
    }
}

/// Does an instruction set all flags that `add` sets?
fn sets_all_flags(instruction: &Instruction) -> bool {
    use Mnemonic::{
        Add, And, Cmp, Comisd, Comiss, Imul, Mul, Neg, Or, Sar, Shl, Shr, Sub, Test, Ucomisd, Ucomiss, Xor,
    };
    match instruction.mnemonic() {
        Add | Sub | Cmp | Test | And | Or | Xor | Neg | Imul | Mul | Comiss | Comisd | Ucomiss | Ucomisd => {
            true
        }
        // A shift by 0 changes no flag.
        Shl | Shr | Sar => instruction.op1_kind() == OpKind::Immediate8 && instruction.immediate8() & 31 != 0,
        _ => false,
    }
}
