//! The jumps of an object that can lead to several places, and where tasks come from nowhere else.

use std::ops::Range;

use iced_x86::{FlowControl, Instruction, Mnemonic, OpKind};

use super::super::decisions::decision;
use super::leaders::ways_to;
use super::{Leaders, decode};
use crate::machine::BranchJump;

impl Leaders<'_, '_> {
    /// Calls `found` with each jump of `code` that can lead to several places, but for those of checks that
    /// compilers insert. A jump through a table is found with the check of its bounds; without one, where it
    /// is itself, or behind `code` if no line has it: code up to `until` has none.
    pub(crate) fn branch_jumps(&self, code: Range<u64>, until: u64, mut found: impl FnMut(BranchJump)) {
        let next_part = self.next_part(code.start).unwrap_or(u64::MAX);
        let end = code.end.min(next_part);
        let mut run_end = code.start;
        let mut instructions = decode(self.code, code.start);
        while let Some(instruction) = instructions.next().filter(|it| it.ip() < until.min(next_part)) {
            let address = instruction.ip();
            // Behind the code, only what runs together with its end.
            if address >= end && run_end != address {
                break;
            }
            if instruction.flow_control() == FlowControl::Next {
                run_end = instruction.next_ip();
            }
            if instruction.is_invalid() || !self.begins_instruction(address) {
                continue;
            }
            if let Some(data) = self.data_behind(&instruction) {
                instructions = decode(self.code, data.end);
            }
            if let Some(table) = self.table_jump_at(address) {
                if table.check.is_none() {
                    found(table.jump.clone());
                }
            } else if let Some(jump) = conditional_jump(&instruction).filter(|_| address < end)
                && jump.operand != jump.next()
                && !self.is_of_check(&jump)
            {
                found(jump);
                self.checked(address).for_each(|table| found(table.jump.clone()));
            }
        }
    }

    /// Does `code` do nothing but compare registers that the code before it has set?
    pub(crate) fn only_compares(&self, code: Range<u64>) -> bool {
        let mut compared = decode(self.code, code.start).take_while(|it| it.ip() < code.end);
        let is_register = |it: &Instruction| {
            matches!(it.mnemonic(), Mnemonic::Cmp | Mnemonic::Test)
                && it.op0_kind() == OpKind::Register
                && it.op1_kind() != OpKind::Memory
        };
        let is_compared = compared.next().is_some_and(|it| is_register(&it)) && compared.next().is_none();
        is_compared && self.run_start(code.end) < code.start && !self.refers_into(code.start, code.end)
    }

    /// The length of the instruction at `address`, if tasks come to it only from `jumps`.
    pub(crate) fn reached_only_from(&self, jumps: &[&BranchJump], address: u64) -> Option<u8> {
        let (index, at) = self.code.place(address)?;
        let is_one = |place: u64| jumps.iter().any(|jump| jump.address == place);
        let is_continued = !self.islands[index].contains(at);
        let is_next = || jumps.iter().any(|jump| jump.next() == address);
        let is_reached_otherwise = (is_continued && !is_next())
            || !self.jumps_to(address).iter().all(|jump| is_one(jump.1))
            || !ways_to(&self.listed, address).iter().all(|jump| is_one(jump.1))
            || self.unlisted_marks.get(index).is_none_or(|marks| marks.contains(at))
            || self.landing_pads.binary_search(&address).is_ok()
            || !self.is_known(address);
        let instruction = decode(self.code, address).next()?;
        (!is_reached_otherwise && self.begins_instruction(address)).then(|| instruction.len() as u8)
    }
}

/// The conditional jump that an instruction is.
fn conditional_jump(instruction: &Instruction) -> Option<BranchJump> {
    let decision = decision(instruction).filter(|_| instruction.op0_kind() == OpKind::NearBranch64)?;
    let (operand, next) = (instruction.near_branch_target(), instruction.next_ip());
    Some(BranchJump {
        address: instruction.ip(),
        length: instruction.len() as u8,
        decision,
        operand,
        targets: vec![next, operand],
    })
}
