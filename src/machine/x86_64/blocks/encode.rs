//! The out-of-line copy of a block's end: its instructions, and the fixups that relocation needs.

use hashbrown::HashMap;
use iced_x86::{ConditionCode, Decoder, DecoderOptions, FlowControl, Instruction, OpKind};

use super::planned::{Count, MAX_CODE, Plan, PlannedEntrance};
use super::{JUMP, JUMP_LENGTH, decode};
use crate::elf::{Code, Svma};
use crate::machine::{
    COUNTER_LENGTH, CopyLink, Edges, Entrance, Patch, PcMapEntry, Springboard, Trampoline, Trampolines,
};

/// `add word ptr gs:[disp32], imm8`.
const COUNT: [u8; 5] = [0x66, 0x65, 0x83, 0x04, 0x25];
/// `mov byte ptr gs:[disp32], imm8`.
const SET: [u8; 4] = [0x65, 0xc6, 0x04, 0x25];
/// The first conditional jump to a 4-byte distance, that of the condition `o`.
const JUMP_IF: [u8; 2] = [0x0f, 0x80];
/// `js`. Code that compares where a jump leads with many places can be between it and the breakpoint.
const JUMP_IF_SIGN: [u8; 2] = [0x0f, 0x88];
/// `push qword ptr [rip + disp32]`.
const PUSH: [u8; 2] = [0xff, 0x35];
/// The opcode of indirect calls and jumps. The `reg` field of the next byte is 2 for a call, 4 for a jump.
const INDIRECT: u8 = 0xff;
const CALL_TO_JUMP: u8 = (2 ^ 4) << 3;
/// `cmp` of a register with `qword ptr [rip + disp32]`: the opcode, and the next byte without the register.
const COMPARE_REGISTER: u8 = 0x3b;
const RIP_RELATIVE: u8 = 0b101;
/// `cmp` of a `qword ptr` with an immediate of 4 bytes: the opcode, and the `reg` field of the next byte.
const COMPARE_MEMORY: u8 = 0x81;
const COMPARE_FIELD: u8 = 7 << 3;
const REGISTER_FIELD: u8 = 7 << 3;
/// The prefix of instructions on 8 bytes, with bits for the registers from `r8` on.
const WIDE: u8 = 0x48;
const WIDE_REGISTER: u8 = 1 << 2;
/// `jne` to a 1-byte distance.
const JUMP_IF_OTHER: u8 = 0x75;
/// Bytes of a distance, and of a return address.
const DISTANCE_LENGTH: usize = 4;
const RETURN_LENGTH: usize = 8;

/// Builds the table of an object's trampolines.
struct Encoder<'p, 'c> {
    code: &'p Code<'c>,
    table: Trampolines,
    returns: Vec<ReadAddress>,
    /// How many counters the sites have. Those of the edges are behind them.
    sites: u32,
    edges: &'p Edges,
    /// The copies to which others lead, by the address of the original; the index in `table.entries`, when
    /// it is made.
    entered_by_copies: HashMap<u64, usize>,
    /// Jumps to them.
    to_copies: Vec<JumpToCopy>,
}

/// An address that a copy reads: it pushes it as a return address, or compares with it.
#[derive(Debug)]
struct ReadAddress {
    /// The offset of the distance to it in the instruction that reads it.
    distance: usize,
    address: Svma,
}

/// Where a copy counts passes, until the counter is saturated.
struct Saturates {
    /// Offset behind the jump to the breakpoint.
    resume: u32,
    /// The address of the instruction before which it counts.
    place: u64,
    /// See [`PcMapEntry::counted_early`].
    counted_early: bool,
}

/// A jump from one copy to another.
#[derive(Debug)]
struct JumpToCopy {
    /// The offset of its distance.
    distance: usize,
    /// Where the original of that copy begins.
    target: u64,
    /// The index of the trampoline that it belongs to.
    from: u32,
}

/// Makes the trampolines of `plans`, which ascend, for so many sites and these edges.
///
/// # Errors
/// When their code is too long. Gives the number of those that would fit.
pub(super) fn encode(
    plans: &[Plan],
    (sites, edges): (usize, &Edges),
    code: &Code,
) -> Result<Trampolines, usize> {
    let entered_by_copies = plans.iter().enumerate();
    let entered_by_copies = entered_by_copies.filter(|(_, plan)| plan.entrance == PlannedEntrance::Copies);
    let mut encoder = Encoder {
        code,
        table: Trampolines::default(),
        returns: Vec::new(),
        sites: sites as u32,
        edges,
        entered_by_copies: entered_by_copies.map(|(index, plan)| (plan.copied.start, index)).collect(),
        to_copies: Vec::new(),
    };
    for (index, plan) in plans.iter().enumerate() {
        encoder.add(plan);
        if encoder.table.code.len() > MAX_CODE {
            return Err(index);
        }
    }
    encoder.add_springboards(plans);
    Ok(encoder.finished())
}

impl Encoder<'_, '_> {
    fn add(&mut self, plan: &Plan) {
        let instructions = decode(self.code, plan.copied.start);
        let instructions: Vec<_> = instructions.take_while(|it| it.ip() < plan.copied.end).collect();
        let end = instructions.last().map_or(plan.copied.start, Instruction::next_ip);
        let length = (end - plan.copied.start).max(plan.jump_length());
        let (original, copy) = (self.add_original(plan.copied.start, length), self.offset());
        let (start, length) = (Svma(plan.copied.start), length as u32);
        let entry = Trampoline {
            counter: self.counter_of(plan),
            ..Trampoline::new(plan.site, start, length, original, copy)
        };
        self.table.entries.push(entry);
        let saturates = match plan.count {
            Count::Often(place) => self.add_often(place, plan, &instructions),
            Count::Once { paced } => self.add_once(plan, paced, &instructions),
        };
        if let Some(saturates) = saturates {
            self.add_breakpoint(saturates);
        }
    }

    /// The counter that saturates.
    fn counter_of(&mut self, plan: &Plan) -> u32 {
        if !matches!(plan.count, Count::Once { paced: Some(_) }) {
            return plan.site;
        }
        self.table.pass_counters += 1;
        self.sites + self.edges.edges.len() as u32 + self.table.pass_counters - 1
    }

    /// Counts a pass, before the instruction at `place`; with `counted_early`, before that at the last site.
    fn count_pass(&mut self, place: u64, counted_early: bool) -> Saturates {
        let counter = self.table.entries.last().map_or(0, |entry| entry.counter);
        self.map_pc(place, false);
        self.table.code.extend(COUNT);
        self.counter(counter);
        self.map_pc(place, counted_early);
        self.table.code.extend(JUMP_IF_SIGN);
        self.table.code.extend([0; DISTANCE_LENGTH]); // The distance is set when it is known.
        Saturates { resume: self.offset(), place, counted_early }
    }

    /// The breakpoint at the end of a copy, for a saturated counter.
    fn add_breakpoint(&mut self, Saturates { resume, place, counted_early }: Saturates) {
        let saturated = self.offset();
        let behind = resume as usize;
        self.table.code[behind - DISTANCE_LENGTH..behind]
            .copy_from_slice(&(saturated - resume).to_le_bytes());
        self.map_pc(place, counted_early);
        self.table.code.extend(Patch::BREAKPOINT.0);
        if let Some(entry) = self.table.entries.last_mut() {
            (entry.saturated, entry.resume) = (saturated, resume);
        }
    }

    /// A copy that counts each pass, before the instruction at `place`.
    fn add_often(&mut self, place: u64, plan: &Plan, instructions: &[Instruction]) -> Option<Saturates> {
        let mut saturates = None;
        for (index, instruction) in instructions.iter().enumerate() {
            let counted_early = (place..=plan.last).contains(&instruction.ip());
            if instruction.ip() == place {
                saturates = Some(self.count_pass(place, counted_early));
            }
            if instruction.ip() == plan.last && instruction.flow_control() == FlowControl::IndirectBranch {
                self.count_targets(plan.site, instruction, counted_early);
            }
            self.map_pc(instruction.ip(), counted_early);
            if index + 1 == instructions.len() {
                self.finish(instruction);
            } else {
                self.copy(instruction);
            }
        }
        saturates
    }

    /// A copy that counts whether the instruction at the last site has run. That changes no flag, so that a
    /// task that has made a conditional jump, and not counted yet, can make the jump again. The passes are
    /// counted before the instruction at `paced`.
    fn add_once(
        &mut self,
        plan: &Plan,
        paced: Option<u64>,
        instructions: &[Instruction],
    ) -> Option<Saturates> {
        let mut saturates = None;
        for (index, instruction) in instructions.iter().enumerate() {
            if paced == Some(instruction.ip()) {
                saturates = Some(self.count_pass(instruction.ip(), false));
            }
            self.map_pc(instruction.ip(), false);
            let (at, next) = (instruction.ip(), instruction.next_ip());
            let is_last = index + 1 == instructions.len();
            match (at == plan.last, instruction.flow_control()) {
                (true, FlowControl::Next) => {
                    self.copy(instruction);
                    self.count_once(plan.site, next);
                    if is_last {
                        self.jump(next);
                    }
                }
                (true, FlowControl::ConditionalBranch) => {
                    let condition = instruction.condition_code() as u8 - ConditionCode::o as u8;
                    self.table.code.extend([JUMP_IF[0], JUMP_IF[1] + condition, 0, 0, 0, 0]);
                    let (jumped, target) = (self.table.code.len(), instruction.near_branch_target());
                    self.count_direction(plan.site, at, next);
                    let distance = (self.table.code.len() - jumped) as u32;
                    self.table.code[jumped - 4..jumped].copy_from_slice(&distance.to_le_bytes());
                    self.count_direction(plan.site, at, target);
                }
                (true, _) => {
                    self.count_once(plan.site, at);
                    self.jump(instruction.near_branch_target());
                }
                _ if is_last => self.finish(instruction),
                _ => self.copy(instruction),
            }
        }
        saturates
    }

    /// Counts the site of a jump at `original` that leads to `target`, and the edge there, and continues.
    fn count_direction(&mut self, site: u32, original: u64, target: u64) {
        self.count_once(site, original);
        if let Some(edge) = self.edges.to(site as usize, Svma(target)) {
            self.count_once(self.sites + edge as u32, original);
        }
        self.jump(target);
    }

    /// Counts the edges of an indirect jump, before it: if it leads to where one does, a copy of the jump is
    /// made that leads there.
    fn count_targets(&mut self, site: u32, jump: &Instruction, counted_early: bool) {
        for edge in self.edges.of(site as usize) {
            let target = self.edges.edges[edge].target;
            self.map_pc(jump.ip(), counted_early);
            self.compare_target(jump, target);
            self.map_pc(jump.ip(), counted_early);
            self.table.code.extend([JUMP_IF_OTHER, 0]);
            let compared = self.table.code.len();
            self.map_pc(jump.ip(), counted_early);
            self.count_once(self.sites + edge as u32, jump.ip());
            self.jump(target.0);
            self.table.code[compared - 1] = (self.table.code.len() - compared) as u8;
        }
    }

    /// Compares where an indirect jump leads with `target`.
    fn compare_target(&mut self, jump: &Instruction, target: Svma) {
        if jump.op0_kind() == OpKind::Register {
            let register = jump.op0_register().number() as u8;
            let prefix = WIDE | if register < 8 { 0 } else { WIDE_REGISTER };
            self.table.code.extend([prefix, COMPARE_REGISTER, RIP_RELATIVE | (register & 7) << 3]);
            self.returns.push(ReadAddress { distance: self.table.code.len(), address: target });
            self.table.code.extend([0; DISTANCE_LENGTH]);
            return;
        }
        let bytes = self.bytes_at(jump.ip(), jump.len()).to_vec();
        let opcode = bytes.iter().position(|&byte| byte == INDIRECT).unwrap_or(0);
        let registers = opcode.checked_sub(1).map_or(0, |before| bytes[before]);
        let prefix = if registers & 0xf0 == WIDE & 0xf0 { WIDE | registers } else { WIDE };
        let operand = bytes[opcode + 1] & !REGISTER_FIELD | COMPARE_FIELD;
        self.table.code.extend([prefix, COMPARE_MEMORY, operand]);
        self.table.code.extend(&bytes[opcode + 2..]);
        self.table.code.extend((target.0 as u32).to_le_bytes());
    }

    /// Sets a counter to 1. A task that has not done so yet is at `original`.
    fn count_once(&mut self, site: u32, original: u64) {
        if self.table.pc_map.last().is_none_or(|last| last.offset != self.offset()) {
            self.map_pc(original, false);
        }
        self.table.code.extend(SET);
        self.counter(site);
    }

    /// Which of the entries are reached by springboards, and which by other copies.
    fn add_springboards(&mut self, plans: &[Plan]) {
        for (index, plan) in plans.iter().enumerate() {
            match plan.entrance {
                PlannedEntrance::ShortJump(Some(address)) => {
                    let (entry, address) = (index as u32, Svma(address));
                    let original = match self.table.over(address) {
                        Some(host) => host.original + (address.0 - host.start.0) as u32,
                        None => self.add_original(address.0, JUMP_LENGTH as u64),
                    };
                    self.table.springboards.push(Springboard { address, entry, original });
                }
                PlannedEntrance::Jump => {}
                _ => self.table.entries[index].entrance = Entrance::Copies,
            }
        }
        self.table.sort_springboards();
    }

    /// The table, with the jumps from one copy to another, and the return addresses behind the copies.
    fn finished(mut self) -> Trampolines {
        let code = &mut self.table.code;
        for JumpToCopy { distance, target, from } in self.to_copies {
            let after_jump = distance + DISTANCE_LENGTH;
            let to = self.entered_by_copies[&target];
            self.table.links.push(CopyLink { to: to as u32, from });
            let copy = self.table.entries[to].copy as usize;
            let to_copy = copy.wrapping_sub(after_jump) as u32;
            code[distance..after_jump].copy_from_slice(&to_copy.to_le_bytes());
        }
        self.table.links.sort_unstable();
        code.resize(code.len().next_multiple_of(RETURN_LENGTH), 0);
        self.table.returns = code.len() as u32;
        for ReadAddress { distance, address } in self.returns {
            let after_push = distance + DISTANCE_LENGTH;
            let to_address = (code.len() - after_push) as u32;
            code[distance..after_push].copy_from_slice(&to_address.to_le_bytes());
            code.extend(address.0.to_le_bytes());
        }
        self.table
    }

    fn bytes_at(&self, address: u64, length: usize) -> &[u8] {
        let region = self.code.region(address);
        let bytes = region.and_then(|region| region.bytes.get((address - region.start) as usize..));
        bytes.and_then(|bytes| bytes.get(..length)).unwrap_or_default()
    }

    /// Adds code that is replaced, and gives its offset.
    fn add_original(&mut self, address: u64, length: u64) -> u32 {
        let (offset, bytes) =
            (self.table.originals.len() as u32, self.bytes_at(address, length as usize).to_vec());
        self.table.originals.extend(bytes);
        offset
    }

    fn offset(&self) -> u32 {
        self.table.code.len() as u32
    }

    fn map_pc(&mut self, original: u64, counted_early: bool) {
        let (offset, original) = (self.offset(), Svma(original));
        self.table.pc_map.push(PcMapEntry { offset, original, counted_early, return_pushed: false });
    }

    /// The operands of the instruction that counts: the counter with this index, and the number 1.
    fn counter(&mut self, index: u32) {
        self.table.counter_fixups.push(self.offset());
        self.table.code.extend((index * COUNTER_LENGTH).to_le_bytes());
        self.table.code.push(1);
    }

    fn copy(&mut self, instruction: &Instruction) {
        let start = self.table.code.len();
        let bytes = self.bytes_at(instruction.ip(), instruction.len()).to_vec();
        self.table.code.extend(&bytes);
        if instruction.is_ip_rel_memory_operand() {
            let mut decoder = Decoder::with_ip(64, &bytes, instruction.ip(), DecoderOptions::NONE);
            let decoded = decoder.decode();
            let at = start + decoder.get_constant_offsets(&decoded).displacement_offset();
            let distance = instruction.ip_rel_memory_address().wrapping_sub(self.table.code.len() as u64);
            self.set_distance(at, distance);
        }
    }

    fn set_distance(&mut self, at: usize, distance: u64) {
        self.table.code[at..at + 4].copy_from_slice(&(distance as u32).to_le_bytes());
        self.table.pcrel_fixups.push(at as u32);
    }

    /// A jump with the given opcode to `target`: to the copy there, if only other copies lead to that.
    fn branch(&mut self, opcode: &[u8], target: u64) {
        self.table.code.extend(opcode);
        self.table.code.extend([0; DISTANCE_LENGTH]);
        let end = self.table.code.len();
        if self.entered_by_copies.contains_key(&target) {
            let (distance, from) = (end - DISTANCE_LENGTH, self.table.entries.len() as u32 - 1);
            self.to_copies.push(JumpToCopy { distance, target, from });
            return;
        }
        self.set_distance(end - 4, target.wrapping_sub(end as u64));
    }

    /// A jump back to the original code.
    fn jump(&mut self, target: u64) {
        self.map_pc(target, false);
        self.branch(&[JUMP], target);
    }

    /// The last instruction of a copy, and the jump back to the original code where one is needed.
    fn finish(&mut self, instruction: &Instruction) {
        let next = instruction.next_ip();
        match instruction.flow_control() {
            FlowControl::ConditionalBranch => {
                let condition = instruction.condition_code() as u8 - ConditionCode::o as u8;
                let opcode = [JUMP_IF[0], JUMP_IF[1] + condition];
                self.branch(&opcode, instruction.near_branch_target());
                self.jump(next);
            }
            FlowControl::UnconditionalBranch => self.branch(&[JUMP], instruction.near_branch_target()),
            FlowControl::Return | FlowControl::IndirectBranch => self.copy(instruction),
            FlowControl::Call | FlowControl::IndirectCall => self.call(instruction),
            _ => {
                self.copy(instruction);
                self.jump(next);
            }
        }
    }

    /// A call as a push of the original return address and a jump.
    fn call(&mut self, instruction: &Instruction) {
        self.table.code.extend(PUSH);
        self.returns
            .push(ReadAddress { distance: self.table.code.len(), address: Svma(instruction.next_ip()) });
        self.table.code.extend([0; DISTANCE_LENGTH]);
        if instruction.flow_control() == FlowControl::Call {
            self.jump(instruction.near_branch_target());
        } else {
            let (offset, original) = (self.offset(), Svma(instruction.ip()));
            self.table.pc_map.push(PcMapEntry {
                offset,
                original,
                counted_early: false,
                return_pushed: true,
            });
            self.copy(instruction);
            let opcode =
                self.table.code[offset as usize..].iter().position(|&byte| byte == INDIRECT).unwrap_or(0);
            self.table.code[offset as usize + opcode + 1] ^= CALL_TO_JUMP;
        }
    }
}
