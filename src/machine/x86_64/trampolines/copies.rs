//! The copies of blocks' ends that detours lead to: their instructions, and what becomes good only where they stand.

use iced_x86::{ConditionCode, Decoder, DecoderOptions, FlowControl, Instruction};

use super::{Detour, Detours, JUMP, Place, Tail};
use crate::elf::{Code, Svma};

impl Detours {
    /// Makes the copy of the end of a block of which `site` is the last.
    pub(crate) fn add(&mut self, site: u32, tail: &Tail, code: &Code) {
        let Some(start) = tail.instructions.first().map(Instruction::ip) else { return };
        let bytes_at = |address: u64, length: usize| {
            let region = code.region(address)?;
            let at = (address - region.start) as usize;
            region.bytes.get(at..at + length)
        };
        let copied = (tail.instructions.iter().map(Instruction::len).sum::<usize>()).max(JUMP);
        let Some(bytes) = bytes_at(start, copied) else { return };
        let original = self.originals.len() as u32;
        self.originals.extend(bytes);
        let length = copied as u32;
        let (copy, mut js, mut counted) = (self.code.len() as u32, 0, 0);
        for (index, instruction) in tail.instructions.iter().enumerate() {
            let is_early = (tail.count..=tail.site).contains(&index);
            if index == tail.count {
                self.count(site, instruction.ip(), is_early);
                js = self.code.len();
                counted = js as u32;
            }
            let Some(bytes) = bytes_at(instruction.ip(), instruction.len()) else { return };
            self.place(instruction.ip(), is_early);
            if index + 1 == tail.instructions.len() {
                self.finish(instruction, bytes);
            } else {
                self.copy(instruction, bytes);
            }
        }
        let hot = self.code.len() as u32;
        self.code[js - 1] = (hot as usize - js) as u8;
        self.place(tail.instructions[tail.count].ip(), tail.count <= tail.site);
        self.code.push(0xcc);
        self.detours.push(Detour { site, start: Svma(start), length, original, copy, hot, counted });
    }

    /// Where the code ends that the last one replaces.
    pub(crate) fn end(&self) -> u64 {
        self.detours.last().map_or(0, |detour| detour.start.0 + u64::from(detour.length))
    }

    fn place(&mut self, original: u64, is_early: bool) {
        let offset = self.code.len() as u32;
        self.places.push(Place { offset, original: Svma(original), is_early, is_pushed: false });
    }

    /// Counts before the instruction at `original`.
    fn count(&mut self, site: u32, original: u64, is_early: bool) {
        self.place(original, false);
        self.code.extend([0x65, 0x80, 0x04, 0x25]); // add byte gs:[disp32], imm8
        self.counters.push(self.code.len() as u32);
        self.code.extend(site.to_le_bytes());
        self.code.push(1);
        self.place(original, is_early);
        self.code.extend([0x78, 0]); // js, to what is set later
    }

    fn copy(&mut self, instruction: &Instruction, bytes: &[u8]) {
        let start = self.code.len();
        self.code.extend(bytes);
        if instruction.is_ip_rel_memory_operand() {
            let mut decoder = Decoder::with_ip(64, bytes, instruction.ip(), DecoderOptions::NONE);
            let decoded = decoder.decode();
            let at = start + decoder.get_constant_offsets(&decoded).displacement_offset();
            let distance = instruction.ip_rel_memory_address().wrapping_sub(self.code.len() as u64);
            self.set_distance(at, distance);
        }
    }

    fn set_distance(&mut self, at: usize, distance: u64) {
        self.code[at..at + 4].copy_from_slice(&(distance as u32).to_le_bytes());
        self.distances.push(at as u32);
    }

    /// An instruction that ends with the distance of `target` from its own end.
    fn branch(&mut self, opcode: &[u8], target: u64) {
        self.code.extend(opcode);
        self.code.extend([0; 4]);
        let end = self.code.len();
        self.set_distance(end - 4, target.wrapping_sub(end as u64));
    }

    fn jump(&mut self, target: u64) {
        self.place(target, false);
        self.branch(&[0xe9], target);
    }

    /// The last instruction of a copy, and what brings one back.
    fn finish(&mut self, instruction: &Instruction, bytes: &[u8]) {
        let next = instruction.next_ip();
        match instruction.flow_control() {
            FlowControl::ConditionalBranch => {
                let condition = instruction.condition_code() as u8 - ConditionCode::o as u8;
                self.branch(&[0x0f, 0x80 + condition], instruction.near_branch_target());
                self.jump(next);
            }
            FlowControl::UnconditionalBranch => self.branch(&[0xe9], instruction.near_branch_target()),
            FlowControl::Return | FlowControl::IndirectBranch => self.copy(instruction, bytes),
            FlowControl::Call | FlowControl::IndirectCall => self.call(instruction, bytes),
            _ => {
                self.copy(instruction, bytes);
                self.jump(next);
            }
        }
    }

    fn call(&mut self, instruction: &Instruction, bytes: &[u8]) {
        // push qword [rip + distance]
        let push = self.code.len();
        self.code.extend([0xff, 0x35, 0, 0, 0, 0]);
        let after_push = self.code.len();
        if instruction.flow_control() == FlowControl::Call {
            self.jump(instruction.near_branch_target());
        } else {
            // Of the opcode ff, /2 is a call and /4 a jump.
            let jump = self.code.len();
            let offset = jump as u32;
            let original = Svma(instruction.ip());
            self.places.push(Place { offset, original, is_early: false, is_pushed: true });
            self.copy(instruction, bytes);
            let opcode = bytes.iter().position(|&byte| byte == 0xff).unwrap_or(0);
            self.code[jump + opcode + 1] ^= (2 ^ 4) << 3;
        }
        let address = self.code.len();
        self.code[push + 2..push + 6].copy_from_slice(&((address - after_push) as u32).to_le_bytes());
        self.addresses.push(address as u32);
        self.code.extend(instruction.next_ip().to_le_bytes());
    }
}
