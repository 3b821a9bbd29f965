//! The liveness of the arithmetic flags: whether something reads them before they are set again.

use iced_x86::{FlowControl, Instruction, Mnemonic, OpKind, RflagsBits};

use super::Leaders;
use crate::elf::Code;

/// Flags are followed for so many instructions in all, on every path.
const HORIZON: usize = 48;
/// And for so many more for each target of a jump through a table.
const FOR_TARGET: usize = 16;
/// The flags that `add` sets.
const ALL: u32 =
    RflagsBits::OF | RflagsBits::SF | RflagsBits::ZF | RflagsBits::AF | RflagsBits::CF | RflagsBits::PF;

/// Are the arithmetic flags dead before the instruction at `address`? On every path they are set, or lose
/// their meaning, before they are read. False if that is not known.
pub(super) fn are_dead(code: &Code, leaders: &Leaders, address: u64) -> bool {
    let (mut paths, mut visited) = (vec![(address, ALL)], Vec::new());
    let mut horizon = HORIZON;
    while let Some((mut here, mut pending)) = paths.pop() {
        while pending != 0 && !visited.contains(&(here, pending)) {
            visited.push((here, pending));
            let instruction = super::decode(code, here).next().filter(|next| !next.is_invalid());
            let Some(instruction) = instruction.filter(|_| visited.len() <= horizon) else { return false };
            if instruction.rflags_read() & pending != 0 || leaders.keeps_flags(&instruction) {
                return false;
            }
            if loses_flags(&instruction) {
                break;
            }
            pending &= !flags_set(&instruction);
            here = match instruction.flow_control() {
                FlowControl::Next => instruction.next_ip(),
                FlowControl::UnconditionalBranch => instruction.near_branch_target(),
                FlowControl::ConditionalBranch => {
                    paths.push((instruction.near_branch_target(), pending));
                    instruction.next_ip()
                }
                FlowControl::IndirectBranch => {
                    let Some(table) = leaders.table_jump_at(here) else { return false };
                    horizon += FOR_TARGET * table.jump.targets.len();
                    paths.extend(table.jump.targets.iter().map(|target| (*target, pending)));
                    break;
                }
                _ => return false,
            };
        }
    }
    true
}

/// System V ABI, "Registers": flags are preserved neither for a callee nor for a caller. The same holds in
/// Go, but for a function that clears memory ([`Leaders::keeps_flags`]).
fn loses_flags(instruction: &Instruction) -> bool {
    match instruction.flow_control() {
        FlowControl::Call => instruction.op0_kind() == OpKind::NearBranch64, // `syscall` is a call, too.
        flow => matches!(flow, FlowControl::IndirectCall | FlowControl::Return),
    }
}

/// Those of [`ALL`] that an instruction certainly sets.
fn flags_set(instruction: &Instruction) -> u32 {
    use Mnemonic::{
        Add, And, Cmp, Comisd, Comiss, Dec, Imul, Inc, Mul, Neg, Or, Sar, Shl, Shr, Sub, Test, Ucomisd,
        Ucomiss, Xor,
    };
    match instruction.mnemonic() {
        Add | Sub | Cmp | Test | And | Or | Xor | Neg | Imul | Mul | Comiss | Comisd | Ucomiss | Ucomisd => {
            ALL
        }
        Inc | Dec => ALL & !RflagsBits::CF,
        // A shift by 0 changes no flag.
        Shl | Shr | Sar
            if instruction.op1_kind() == OpKind::Immediate8 && instruction.immediate8() & 31 != 0 =>
        {
            ALL
        }
        _ => 0,
    }
}
