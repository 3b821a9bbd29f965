//! Detours: how the end of a basic block can run elsewhere, and count there that it does.
//!
//! A breakpoint costs a stop; a jump to a copy of what it replaces, with one instruction more that counts in memory, costs
//! next to nothing. The jump is 5 bytes long, and stands where nobody can come to the midst of it: all that it replaces is of
//! one basic block ([`Leaders`]), from the last site of which, or from a little before it, the copy begins.
//!
//! The copy of a block at a call, of which `S` is the last site and whose instructions are `S: mov; call`, say, is
//!
//! ```text
//!     add byte gs:[COUNTER], 1     where nobody looks at the flags that this sets
//!     js hot                       it has come by 128 times
//!     mov                          what was at S, with its addresses made good
//!     push [RETURN]                a call returns to the original code, which is all that anybody sees of it
//!     jmp FUNCTION
//! hot:
//!     int3
//! ```

mod copies;

use std::ops::Range;

use iced_x86::{
    Code as Opcode, ConditionCode, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind,
    Register,
};

use serde::{Deserialize, Serialize};

use super::Leaders;
use crate::elf::{Code, Svma};
use crate::machine::Site;

/// Bytes of the jump that stands in a program's code: `e9` and a distance.
const JUMP: usize = 5;
/// The copies are left out if there are more bytes of them: each process would have them.
const MOST: usize = 1 << 24;
/// Few copies have less bytes.
const SHORTEST: usize = 20;
/// Copies may be this far from the code, and from what the code refers to twice as far.
const NEAR: u64 = 1 << 30;
/// No more bytes are replaced, but for those of one instruction.
const LONGEST: usize = 48;
/// More than this many instructions behind a block are not asked what they do with flags.
const SIGHT: usize = 12;

/// The detours of an object.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detours {
    /// The copies, one after the other, as if they began at address 0.
    pub code: Vec<u8>,
    /// Where in these there are distances (4 bytes, to addresses of the object), to be lessened by where the copies begin.
    pub distances: Vec<u32>,
    /// Where there are addresses of the object (8 bytes), to be made those in a process.
    pub addresses: Vec<u32>,
    /// Where there are numbers of sites (4 bytes), to be made offsets of their counters.
    pub counters: Vec<u32>,
    /// What the file has where each stands, one after the other.
    pub originals: Vec<u8>,
    /// Where the instructions of the copies begin, ascending.
    pub places: Vec<Place>,
    /// Ascending by site, and so by address.
    pub detours: Vec<Detour>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detour {
    /// Index of the last site of the block.
    pub site: u32,
    /// Where the jump to the copy stands: at the site, or before it.
    pub start: Svma,
    /// Bytes of code of which there is a copy.
    pub length: u32,
    /// Where these begin among [`Detours::originals`].
    pub original: u32,
    /// Where its copy begins among [`Detours::code`].
    pub copy: u32,
    /// Where the breakpoint is of which one stops that comes by often.
    pub hot: u32,
    /// Where one goes on in the copy that has been stopped there.
    pub counted: u32,
}

/// An instruction of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where it begins among [`Detours::code`].
    pub offset: u32,
    /// Where one would be in the original who is about to run it.
    pub original: Svma,
    /// Has the block been counted already, though its last site is still to be run?
    pub is_early: bool,
    /// Does the stack have the return address already of a call that is still to be made?
    pub is_pushed: bool,
}

/// Makes the detours of the blocks of an object.
pub(crate) struct Maker<'m, 'c> {
    pub(crate) code: &'m Code<'c>,
    pub(crate) leaders: &'m Leaders<'m, 'c>,
    pub(crate) sites: &'m [Site],
}

/// The end of a block: what there is a copy of.
pub(crate) struct Tail {
    pub(crate) instructions: Vec<Instruction>,
    /// The index of the instruction at the last site.
    pub(crate) site: usize,
    /// The index of the one before which is counted.
    pub(crate) count: usize,
}

impl Maker<'_, '_> {
    /// All that can be. None of those `apart`, where blocks are not known.
    pub(crate) fn make(&self, apart: &[Range<u64>]) -> Detours {
        let mut detours = Detours::default();
        let blocks = self.sites.iter().filter(|site| !site.joined).count();
        if blocks * SHORTEST > MOST || self.leaders.uses_gs() {
            return detours;
        }
        for (index, site) in self.sites.iter().enumerate() {
            let address = site.address.0;
            let is_apart = || apart.iter().any(|range| range.contains(&address));
            if site.joined || !self.leaders.is_known(address) || is_apart() {
                continue;
            }
            if let Some(tail) = self.tail(self.leaders.run_start(index), address, detours.end()) {
                detours.add(index as u32, &tail, self.code);
            }
            if detours.code.len() > MOST {
                return Detours::default();
            }
        }
        detours
    }

    /// What there can be a copy of, and a jump to that, of a block whose last site is at `last`. From `first` on instructions run
    /// one after the other up to there. What is before `free` is replaced already.
    fn tail(&self, first: u64, last: u64, free: u64) -> Option<Tail> {
        let mut instructions = self.block(first, last);
        instructions.retain(|instruction| instruction.ip() >= free);
        let site = instructions.iter().position(|instruction| instruction.ip() == last)?;
        let spares = |index: &usize| self.spares_flags(&instructions[*index..]);
        // Behind the site is best: nothing need be taken back then if the site is not reached.
        let count = (site..instructions.len()).find(spares).or_else(|| (0..site).rev().find(spares))?;
        let length = |range: Range<usize>| instructions[range].iter().map(Instruction::len).sum::<usize>();
        let mut start = site.min(count);
        let mut end = site.max(count) + 1;
        while length(start..end) < JUMP && end < instructions.len() {
            end += 1;
        }
        let padding = if end == instructions.len() { self.padding(&instructions[end - 1]) } else { 0 };
        while length(start..end) + padding < JUMP {
            start = start.checked_sub(1)?;
        }
        let is_short = length(start..end) <= LONGEST;
        is_short.then(|| Tail {
            instructions: instructions[start..end].to_vec(),
            site: site - start,
            count: count - start,
        })
    }

    /// The instructions of a block that can run elsewhere: up to its last site, and some behind it.
    fn block(&self, first: u64, last: u64) -> Vec<Instruction> {
        let mut instructions = Vec::new();
        for instruction in self.decode(first) {
            let here = instruction.ip();
            let refers = |start, end| self.leaders.refers_into(start, end);
            let begins_block = refers(here, here + 1);
            let is_beyond =
                here > last && (begins_block || self.is_site(here) || here - last > LONGEST as u64);
            if instruction.is_invalid() || is_beyond {
                break;
            }
            if begins_block {
                instructions.clear();
            }
            let goes_on = instruction.flow_control() == FlowControl::Next;
            // There are jumps behind a `lock` prefix. What else seems to refer into an instruction is a number like any other.
            let is_whole = !instruction.has_lock_prefix() || !refers(here + 1, instruction.next_ip());
            if !is_whole || !(if goes_on { can_move(&instruction) } else { can_end(&instruction) }) {
                if here >= last {
                    break;
                }
                // What is before it stays where it is.
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

    /// How many bytes without use come behind an instruction that does not go on to them.
    fn padding(&self, instruction: &Instruction) -> usize {
        if !matches!(instruction.flow_control(), FlowControl::Return | FlowControl::UnconditionalBranch) {
            return 0;
        }
        let is_padding = |filler: &Instruction| {
            matches!(filler.mnemonic(), Mnemonic::Nop | Mnemonic::Int3)
                && !self.leaders.refers_into(filler.ip(), filler.next_ip())
                && !self.is_site(filler.ip())
        };
        self.decode(instruction.next_ip()).take(JUMP).take_while(is_padding).map(|filler| filler.len()).sum()
    }

    fn is_site(&self, address: u64) -> bool {
        self.sites.binary_search_by_key(&address, |site| site.address.0).is_ok()
    }

    /// Are all flags set before anything depends on them, by `instructions`, or by what comes after them?
    fn spares_flags(&self, instructions: &[Instruction]) -> bool {
        let Some(mut last) = instructions.first() else { return false };
        for instruction in instructions.iter().take(SIGHT) {
            if let Some(spares) = settles_flags(instruction) {
                return spares;
            }
            last = instruction;
        }
        let mut next = goes_on_at(last);
        for _ in instructions.len()..SIGHT {
            let instruction = next.and_then(|address| self.decode(address).next());
            let Some(instruction) = instruction.filter(|instruction| !instruction.is_invalid()) else {
                return false;
            };
            if let Some(spares) = settles_flags(&instruction) {
                return spares;
            }
            next = goes_on_at(&instruction);
        }
        false
    }

    fn decode(&self, address: u64) -> impl Iterator<Item = Instruction> {
        let bytes = self.code.region(address).map_or(&[][..], |region| {
            region.bytes.get((address - region.start) as usize..).unwrap_or_default()
        });
        Decoder::with_ip(64, bytes, address, DecoderOptions::NONE).into_iter()
    }
}

/// Can it run elsewhere, with its distances made good?
fn can_move(instruction: &Instruction) -> bool {
    let is_far = instruction.is_ip_rel_memory_operand()
        && instruction.ip_rel_memory_address().abs_diff(instruction.ip()) > NEAR;
    let sets_flags = matches!(instruction.mnemonic(), Mnemonic::Popfq | Mnemonic::Popf); // to step, perhaps
    !is_far && !sets_flags
}

/// Can a copy end with it?
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

/// Does all that comes from here on not depend on flags (true), or does some of it (false)? `None` if that is seen further on.
fn settles_flags(instruction: &Instruction) -> Option<bool> {
    if instruction.rflags_read() != 0 {
        return Some(false);
    }
    // System V ABI, "Registers": flags are not kept for whom one calls, nor for one's caller.
    let ends = match instruction.flow_control() {
        FlowControl::Call => instruction.op0_kind() == OpKind::NearBranch64, // `syscall` is one, too
        flow => matches!(flow, FlowControl::IndirectCall | FlowControl::Return),
    };
    (ends || sets_all_flags(instruction)).then_some(true)
}

/// Where one goes on behind an instruction, if that is always the same.
fn goes_on_at(instruction: &Instruction) -> Option<u64> {
    match instruction.flow_control() {
        FlowControl::Next => Some(instruction.next_ip()),
        FlowControl::UnconditionalBranch => Some(instruction.near_branch_target()),
        _ => None,
    }
}

/// Is no flag, of those that `add` sets, left as it was?
fn sets_all_flags(instruction: &Instruction) -> bool {
    use Mnemonic::{
        Add, And, Cmp, Comisd, Comiss, Imul, Mul, Neg, Or, Sar, Shl, Shr, Sub, Test, Ucomisd, Ucomiss, Xor,
    };
    match instruction.mnemonic() {
        Add | Sub | Cmp | Test | And | Or | Xor | Neg | Imul | Mul | Comiss | Comisd | Ucomiss | Ucomisd => {
            true
        }
        // By 0 they change nothing.
        Shl | Shr | Sar => instruction.op1_kind() == OpKind::Immediate8 && instruction.immediate8() & 31 != 0,
        _ => false,
    }
}
