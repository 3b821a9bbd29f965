//! The out-of-line copy of a block's end: its instructions, and the fixups that relocation needs.

use iced_x86::{ConditionCode, Decoder, DecoderOptions, FlowControl, Instruction};

use super::block_end::BlockEnd;
use super::{JUMP, JUMP_LENGTH};
use crate::elf::{Code, Svma};
use crate::machine::{Patch, PcMapEntry, Trampoline, Trampolines};

/// `add byte ptr gs:[disp32], imm8`.
const COUNT: [u8; 4] = [0x65, 0x80, 0x04, 0x25];
/// `js` to a 1-byte distance.
const JUMP_IF_SIGN: u8 = 0x78;
/// The first conditional jump to a 4-byte distance, that of the condition `o`.
const JUMP_IF: [u8; 2] = [0x0f, 0x80];
/// `push qword ptr [rip + disp32]`.
const PUSH: [u8; 2] = [0xff, 0x35];
/// The opcode of indirect calls and jumps. The `reg` field of the next byte is 2 for a call, 4 for a jump.
const INDIRECT: u8 = 0xff;
const CALL_TO_JUMP: u8 = (2 ^ 4) << 3;
/// Bytes of a distance, and of a return address.
const DISTANCE_LENGTH: usize = 4;
const RETURN_LENGTH: usize = 8;

/// Builds the table of an object's trampolines.
#[derive(Debug, Default)]
pub(super) struct Encoder(pub(super) Trampolines, Vec<PushedReturn>);

/// A return address that a copy pushes.
#[derive(Debug)]
struct PushedReturn {
    /// The offset of the distance to it in the instruction that pushes it.
    distance: usize,
    address: Svma,
}

impl Encoder {
    /// Adds the trampoline for the end of a block whose last site is `site`.
    pub(super) fn add(&mut self, site: u32, block_end: &BlockEnd, code: &Code) {
        let Some(start) = block_end.instructions.first().map(Instruction::ip) else { return };
        let bytes_at = |address: u64, length: usize| {
            let region = code.region(address)?;
            let at = (address - region.start) as usize;
            region.bytes.get(at..at + length)
        };
        let length = block_end.instructions.iter().map(Instruction::len).sum::<usize>().max(JUMP_LENGTH);
        let Some(bytes) = bytes_at(start, length) else { return };
        let original = self.0.originals.len() as u32;
        self.0.originals.extend(bytes);
        let (copy, mut after_js, mut resume) = (self.offset(), 0, 0);
        for (index, instruction) in block_end.instructions.iter().enumerate() {
            let counted_early = (block_end.count..=block_end.site).contains(&index);
            if index == block_end.count {
                self.count(site, instruction.ip(), counted_early);
                after_js = self.0.code.len();
                resume = self.offset();
            }
            let Some(bytes) = bytes_at(instruction.ip(), instruction.len()) else { return };
            self.map_pc(instruction.ip(), counted_early);
            if index + 1 == block_end.instructions.len() {
                self.finish(instruction, bytes);
            } else {
                self.copy(instruction, bytes);
            }
        }
        let saturated = self.offset();
        self.0.code[after_js - 1] = (saturated as usize - after_js) as u8;
        self.map_pc(block_end.instructions[block_end.count].ip(), block_end.count <= block_end.site);
        self.0.code.extend(Patch::BREAKPOINT.0);
        let (start, length) = (Svma(start), length as u32);
        self.0.entries.push(Trampoline { site, start, length, original, copy, saturated, resume });
    }

    /// The table, with the return addresses behind the copies.
    pub(super) fn finished(mut self) -> Trampolines {
        let code = &mut self.0.code;
        code.resize(code.len().next_multiple_of(RETURN_LENGTH), 0);
        self.0.returns = code.len() as u32;
        for PushedReturn { distance, address } in self.1 {
            let after_push = distance + DISTANCE_LENGTH;
            let to_address = (code.len() - after_push) as u32;
            code[distance..after_push].copy_from_slice(&to_address.to_le_bytes());
            code.extend(address.0.to_le_bytes());
        }
        self.0
    }

    /// The end of the code that the last trampoline replaces.
    pub(super) fn end(&self) -> u64 {
        self.0.entries.last().map_or(0, |last| last.start.0 + u64::from(last.length))
    }

    fn offset(&self) -> u32 {
        self.0.code.len() as u32
    }

    fn map_pc(&mut self, original: u64, counted_early: bool) {
        let (offset, original) = (self.offset(), Svma(original));
        self.0.pc_map.push(PcMapEntry { offset, original, counted_early, return_pushed: false });
    }

    /// Counts before the instruction at `original`, and jumps to the breakpoint if the counter is saturated.
    fn count(&mut self, site: u32, original: u64, counted_early: bool) {
        self.map_pc(original, false);
        self.0.code.extend(COUNT);
        self.0.counter_fixups.push(self.offset());
        self.0.code.extend(site.to_le_bytes());
        self.0.code.push(1);
        self.map_pc(original, counted_early);
        self.0.code.extend([JUMP_IF_SIGN, 0]); // The distance is set when it is known.
    }

    fn copy(&mut self, instruction: &Instruction, bytes: &[u8]) {
        let start = self.0.code.len();
        self.0.code.extend(bytes);
        if instruction.is_ip_rel_memory_operand() {
            let mut decoder = Decoder::with_ip(64, bytes, instruction.ip(), DecoderOptions::NONE);
            let decoded = decoder.decode();
            let at = start + decoder.get_constant_offsets(&decoded).displacement_offset();
            let distance = instruction.ip_rel_memory_address().wrapping_sub(self.0.code.len() as u64);
            self.set_distance(at, distance);
        }
    }

    fn set_distance(&mut self, at: usize, distance: u64) {
        self.0.code[at..at + 4].copy_from_slice(&(distance as u32).to_le_bytes());
        self.0.pcrel_fixups.push(at as u32);
    }

    /// A jump with the given opcode to `target`.
    fn branch(&mut self, opcode: &[u8], target: u64) {
        self.0.code.extend(opcode);
        self.0.code.extend([0; 4]);
        let end = self.0.code.len();
        self.set_distance(end - 4, target.wrapping_sub(end as u64));
    }

    /// A jump back to the original code.
    fn jump(&mut self, target: u64) {
        self.map_pc(target, false);
        self.branch(&[JUMP], target);
    }

    /// The last instruction of a copy, and the jump back to the original code where one is needed.
    fn finish(&mut self, instruction: &Instruction, bytes: &[u8]) {
        let next = instruction.next_ip();
        match instruction.flow_control() {
            FlowControl::ConditionalBranch => {
                let condition = instruction.condition_code() as u8 - ConditionCode::o as u8;
                let opcode = [JUMP_IF[0], JUMP_IF[1] + condition];
                self.branch(&opcode, instruction.near_branch_target());
                self.jump(next);
            }
            FlowControl::UnconditionalBranch => self.branch(&[JUMP], instruction.near_branch_target()),
            FlowControl::Return | FlowControl::IndirectBranch => self.copy(instruction, bytes),
            FlowControl::Call | FlowControl::IndirectCall => self.call(instruction, bytes),
            _ => {
                self.copy(instruction, bytes);
                self.jump(next);
            }
        }
    }

    /// A call as a push of the original return address and a jump.
    fn call(&mut self, instruction: &Instruction, bytes: &[u8]) {
        self.0.code.extend(PUSH);
        self.1.push(PushedReturn { distance: self.0.code.len(), address: Svma(instruction.next_ip()) });
        self.0.code.extend([0; DISTANCE_LENGTH]);
        if instruction.flow_control() == FlowControl::Call {
            self.jump(instruction.near_branch_target());
        } else {
            let (offset, original) = (self.offset(), Svma(instruction.ip()));
            self.0.pc_map.push(PcMapEntry { offset, original, counted_early: false, return_pushed: true });
            self.copy(instruction, bytes);
            let opcode = bytes.iter().position(|&byte| byte == INDIRECT).unwrap_or(0);
            self.0.code[offset as usize + opcode + 1] ^= CALL_TO_JUMP;
        }
    }
}
