//! Plans the trampoline of each block: which instructions its copy has, where it counts, and which copies
//! lead to it.

use std::ops::Range;

use hashbrown::HashMap;
use iced_x86::{Code as Opcode, ConditionCode, FlowControl, Instruction, Mnemonic, OpKind, Register};

use super::planned::{Count, Plan, PlannedEntrance};
use super::{JUMP_LENGTH, Leaders, REACH, decode, flags};
use crate::elf::Code;
use crate::machine::{Edges, Site};

/// At most this many bytes of original code are copied for a block.
const MAX_COPIED: u64 = 48;

/// Plans the trampolines of an object's blocks.
pub(super) struct Planner<'m, 'c> {
    pub(super) code: &'m Code<'c>,
    pub(super) leaders: &'m Leaders<'m, 'c>,
    pub(super) sites: &'m [Site],
    pub(super) edges: &'m Edges,
    pub(super) apart: &'m [Range<u64>],
}

impl Planner<'_, '_> {
    /// The trampoline of the block whose last site is the one at `index`. Code before `taken` belongs to
    /// other trampolines.
    pub(super) fn block(&self, index: usize, taken: u64) -> Option<Plan> {
        let last = self.sites[index].address.0;
        let instructions = self.movable(index, taken);
        let site = instructions.iter().position(|instruction| instruction.ip() == last)?;
        let counts = self.counts(&instructions, site, self.edges.jump(index).is_some());
        let counts = || counts.into_iter().flatten();
        let (range, count, entrance) = counts()
            .find_map(|(place, count)| {
                let range = self.jump_range(&instructions, site.min(place)..site.max(place) + 1)?;
                Some((range, count, PlannedEntrance::Jump))
            })
            .or_else(|| {
                Some((0..instructions.len(), counts().next()?.1, PlannedEntrance::ShortJump(None)))
            })?;
        let copied = instructions[range.start].ip()..instructions[range.end - 1].next_ip();
        let fits = |instruction: &&Instruction| instruction.next_ip() <= copied.start + MAX_COPIED;
        let (limit, end) = (instructions.iter().rfind(fits)?.next_ip(), instructions.last()?);
        let fits = |instruction: &&Instruction| limit <= instruction.ip() + MAX_COPIED;
        let limits = instructions.iter().find(fits)?.ip()..limit;
        let exits = if limit == end.next_ip() { exits(end) } else { [None; 2] };
        let mut plan = Plan { site: index as u32, last, count, entrance, copied, limits, exits };
        if entrance != PlannedEntrance::Jump
            && (limit - plan.copied.start + (self.padding(end) as u64) < plan.jump_length()
                || self.leaders.has_label(last))
        {
            plan.entrance = PlannedEntrance::Copies;
            // Other copies would lead to this one further on when it is saturated.
            plan.count = counts().last()?.1;
        }
        let counts_edges = self.edges.jump(index).is_none() || self.counts_edges(&plan, &instructions[site]);
        (plan.copied.end <= limit && counts_edges).then_some(plan)
    }

    /// Can the copy count the edges of the jump at the last site? Those of a conditional jump are counted
    /// behind it, with the site; those of an indirect one by comparisons before it, which set the flags.
    fn counts_edges(&self, plan: &Plan, jump: &Instruction) -> bool {
        match jump.flow_control() {
            FlowControl::IndirectBranch => {
                let is_register = jump.op0_kind() == OpKind::Register;
                (is_register || self.leaders.has_short_addresses())
                    && flags::are_dead(self.code, self.leaders, plan.last)
            }
            _ => matches!(plan.count, Count::Once { .. }),
        }
    }

    /// How a block can be counted, the best way first, and which other instruction than that at its last
    /// `site` has to be copied for that. Each pass is counted where flags are dead: at the site or behind it,
    /// or before it. A jump that `has_edges` had better not keep a breakpoint.
    fn counts(
        &self,
        instructions: &[Instruction],
        site: usize,
        has_edges: bool,
    ) -> [Option<(usize, Count)>; 2] {
        let are_dead = |index: &usize| flags::are_dead(self.code, self.leaders, instructions[*index].ip());
        let at = |place: usize| instructions[place].ip();
        let once = |paced| Count::Once { paced };
        // A loop has to be stopped when it has run often. So its head is not counted so.
        let is_head = self.leaders.is_jumped_back_to(at(0));
        let can_count_once = can_count_once(&instructions[site]);
        let unpaced = (can_count_once && (has_edges || !is_head)).then_some((site, once(None)));
        if let Some(place) = (site..instructions.len()).find(are_dead) {
            return [Some((place, Count::Often(at(place)))), unpaced];
        }
        let before = (0..site).rev().find(are_dead);
        let paced = before.map(|place| {
            (place, if can_count_once { once(Some(at(place))) } else { Count::Often(at(place)) })
        });
        [paced, unpaced]
    }

    /// Extends a range of the instructions of a block, until a jump can replace them.
    fn jump_range(&self, instructions: &[Instruction], range: Range<usize>) -> Option<Range<usize>> {
        let length = |range: Range<usize>| instructions[range].iter().map(Instruction::len).sum::<usize>();
        let Range { mut start, mut end } = range;
        while length(start..end) < JUMP_LENGTH && end < instructions.len() {
            end += 1;
        }
        let padding = if end == instructions.len() { self.padding(&instructions[end - 1]) } else { 0 };
        while length(start..end) + padding < JUMP_LENGTH {
            start = start.checked_sub(1)?;
        }
        (length(start..end) as u64 <= MAX_COPIED).then_some(start..end)
    }

    /// The instructions of a block that can run out of line: those up to its last site, and some behind it.
    fn movable(&self, index: usize, taken: u64) -> Vec<Instruction> {
        let last = self.sites[index].address.0;
        if !self.leaders.is_known(last) {
            // Any instruction can be the target of a jump, but for those that can be read in two ways.
            let instruction = decode(self.code, last).next();
            let is_whole = |it: &Instruction| !it.is_invalid() && !it.has_lock_prefix() && it.ip() >= taken;
            return instruction.filter(|it| is_whole(it) && is_movable(it)).into_iter().collect();
        }
        let before = index.checked_sub(1).map(|before| &self.sites[before]);
        let other_block = before.filter(|before| !before.joined);
        let floor = other_block.map_or(0, |site| site.address.0 + u64::from(site.length)).max(taken);
        let mut instructions = Vec::new();
        for instruction in decode(self.code, self.leaders.run_start(last)) {
            let here = instruction.ip();
            let refers = |start, end| self.leaders.enters(start, end);
            let begins_block = refers(here, here + 1);
            let is_beyond = here > last && (begins_block || self.is_site(here) || here - last > MAX_COPIED);
            if instruction.is_invalid() || is_beyond {
                break;
            }
            if begins_block {
                instructions.clear();
            }
            // Some code jumps behind a `lock` prefix. Anything else that seems to refer to the inside of an
            // instruction is an ordinary number.
            let is_whole = !instruction.has_lock_prefix() || !refers(here + 1, instruction.next_ip());
            if !is_whole || !is_movable(&instruction) {
                if here >= last {
                    break;
                }
                // The instructions before it stay in place.
                instructions.clear();
                continue;
            }
            if here >= floor {
                instructions.push(instruction);
            }
            if instruction.flow_control() != FlowControl::Next {
                break;
            }
        }
        instructions
    }

    /// The number of padding bytes behind an instruction that does not continue to the next one.
    fn padding(&self, instruction: &Instruction) -> usize {
        let ends =
            matches!(instruction.flow_control(), FlowControl::Return | FlowControl::UnconditionalBranch);
        if !ends {
            return 0;
        }
        let end = self.padding_end(instruction.next_ip(), JUMP_LENGTH as u64);
        (end - instruction.next_ip()) as usize
    }

    /// The end of the padding that begins at `start`, to which no task comes from the code before: at least
    /// `enough` bytes behind the start, if there is so much.
    pub(super) fn padding_end(&self, start: u64, enough: u64) -> u64 {
        // A statement can be a single `nop`, to which a jump may lead that is not known.
        let is_known = self.leaders.is_known(start) || !self.code.is_in_function(start);
        let is_padding = |filler: &Instruction| {
            matches!(filler.mnemonic(), Mnemonic::Nop | Mnemonic::Int3)
                && (is_known || filler.len() > 1)
                && !self.leaders.enters(filler.ip(), filler.next_ip())
                && !self.is_site(filler.ip())
        };
        let fillers = decode(self.code, start).take_while(is_padding);
        fillers.take_while(|filler| filler.ip() < start + enough).last().map_or(start, |last| last.next_ip())
    }

    /// Leads copies to those of the blocks that have no entrance of their own, and drops what is not entered
    /// then.
    pub(super) fn link_copies(&self, plans: &mut Vec<Plan>) {
        let mut without = HashMap::new();
        for (index, plan) in plans.iter_mut().enumerate().filter(|(_, plan)| !plan.can_be_entered()) {
            plan.entrance = PlannedEntrance::Copies;
            if self.may_be_passed_by(plan) {
                without.insert(plan.copied.start, index);
            }
        }
        let mut entered: Vec<usize> = (0..plans.len()).filter(|&plan| plans[plan].can_be_entered()).collect();
        let mut is_entered = vec![false; plans.len()];
        while let Some(index) = entered.pop() {
            if std::mem::replace(&mut is_entered[index], true) {
                continue;
            }
            let next = plans[index].exits.iter().flatten().filter_map(|exit| without.get(exit));
            let before = entered.len();
            entered.extend(next);
            if entered.len() > before {
                plans[index].copied.end = plans[index].limits.end;
            }
        }
        let mut is_entered = is_entered.into_iter();
        plans.retain(|_| is_entered.next() == Some(true));
    }

    /// Will no hook be inserted in the original code, which its copy would pass by? Functions can be hooked,
    /// and what comes right before a system call.
    fn may_be_passed_by(&self, plan: &Plan) -> bool {
        let is_plain = |next| decode(self.code, next).next().is_some_and(|next| is_movable(&next));
        self.leaders.is_known(plan.last)
            && !self.leaders.begins_part(plan.copied.start)
            && plan.exits[1].is_none_or(is_plain)
    }

    pub(super) fn is_apart(&self, address: u64) -> bool {
        self.apart.iter().any(|range| range.contains(&address))
    }

    fn is_site(&self, address: u64) -> bool {
        self.sites.binary_search_by_key(&address, |site| site.address.0).is_ok()
    }
}

/// Can a copy count, behind this instruction, that it has run?
fn can_count_once(instruction: &Instruction) -> bool {
    match instruction.flow_control() {
        FlowControl::Next => true,
        FlowControl::UnconditionalBranch | FlowControl::ConditionalBranch => can_end(instruction),
        _ => false,
    }
}

/// Where a task goes from the last instruction of a copy.
fn exits(instruction: &Instruction) -> [Option<u64>; 2] {
    let (target, next) = (instruction.near_branch_target(), instruction.next_ip());
    match instruction.flow_control() {
        FlowControl::Next => [None, Some(next)],
        FlowControl::UnconditionalBranch => [Some(target), None],
        FlowControl::ConditionalBranch => [Some(target), Some(next)],
        _ => [None; 2],
    }
}

/// Can a copy contain the instruction, or end with it?
fn is_movable(instruction: &Instruction) -> bool {
    if instruction.flow_control() == FlowControl::Next { can_move(instruction) } else { can_end(instruction) }
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
