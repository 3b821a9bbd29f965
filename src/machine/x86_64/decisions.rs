//! What decides where a conditional jump leads (Intel SDM, volume 2, "Jcc", "LOOP").

use crate::machine::Registers;
use iced_x86::{Code as Opcode, ConditionCode, Instruction, Mnemonic};

/// Bits of the flags register (Intel SDM, volume 1, "EFLAGS Register").
const CARRY: u64 = 1 << 0;
const PARITY: u64 = 1 << 2;
const ZERO: u64 = 1 << 6;
const SIGN: u64 = 1 << 7;
const TRAP: u64 = 1 << 8;
const OVERFLOW: u64 = 1 << 11;

/// Jumps that decide by the register `rcx`, or by the lower half of it, are numbered from here on. Jumps that
/// decide by flags have the number of their condition in the instruction.
const BY_COUNT: u8 = 16;
const COUNT_IS_ZERO: u8 = BY_COUNT;
const HALF_IS_ZERO: u8 = BY_COUNT + 1;

/// The decision of a conditional jump, for [`destination`]. `None` for other instructions.
pub(super) fn decision(jump: &Instruction) -> Option<u8> {
    match (jump.condition_code(), jump.code()) {
        (_, Opcode::Jrcxz_rel8_64) => Some(COUNT_IS_ZERO),
        (_, Opcode::Jecxz_rel8_64) => Some(HALF_IS_ZERO),
        (ConditionCode::None, _) => None,
        // `loope` and `loopne` have conditions, too, and change a register.
        _ if matches!(jump.mnemonic(), Mnemonic::Loope | Mnemonic::Loopne) => None,
        (condition, _) => Some(condition as u8 - ConditionCode::o as u8),
    }
}

/// Where a task with these registers goes that is at a jump with this decision: to its target, or to the next
/// instruction. `None` for a decision that this machine does not have.
pub fn destination(registers: &Registers, decision: u8, target: u64, next: u64) -> Option<u64> {
    let is_set = |flag: u64| registers.eflags & flag != 0;
    let is_less = is_set(SIGN) != is_set(OVERFLOW);
    let jumps = match decision {
        COUNT_IS_ZERO => registers.rcx == 0,
        HALF_IS_ZERO => registers.rcx as u32 == 0,
        condition @ ..BY_COUNT => {
            let holds = match condition >> 1 {
                0 => is_set(OVERFLOW),
                1 => is_set(CARRY),
                2 => is_set(ZERO),
                3 => is_set(CARRY) || is_set(ZERO),
                4 => is_set(SIGN),
                5 => is_set(PARITY),
                6 => is_less,
                _ => is_less || is_set(ZERO),
            };
            // Odd numbers are the opposites.
            holds != (condition & 1 != 0)
        }
        _ => return None,
    };
    Some(if jumps { target } else { next })
}

/// Does the task single-step its own code?
pub fn steps_itself(registers: &Registers) -> bool {
    registers.eflags & TRAP != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced_x86::{Decoder, DecoderOptions};

    fn decided(code: &[u8], eflags: u64, rcx: u64) -> Option<bool> {
        let decoded = Decoder::with_ip(64, code, 0x100, DecoderOptions::NONE).decode();
        let registers = Registers { eflags, rcx, ..crate::machine::x86_64::registers::NO_REGISTERS };
        let to =
            destination(&registers, decision(&decoded)?, decoded.near_branch_target(), decoded.next_ip());
        Some(to? == decoded.near_branch_target())
    }

    #[test]
    fn each_condition_is_that_of_its_number() {
        // The flags with which each pair of conditions, from `o` and `no` on, holds and does not.
        let pairs: [(&[u64], &[u64]); 8] = [
            (&[OVERFLOW], &[0, CARRY]),
            (&[CARRY], &[0, ZERO]),
            (&[ZERO], &[0, CARRY]),
            (&[CARRY, ZERO, CARRY | ZERO], &[0, SIGN]),
            (&[SIGN], &[0, OVERFLOW]),
            (&[PARITY], &[0, SIGN]),
            (&[SIGN, OVERFLOW], &[0, SIGN | OVERFLOW, ZERO]),
            (&[SIGN, OVERFLOW, ZERO, ZERO | SIGN | OVERFLOW], &[0, SIGN | OVERFLOW]),
        ];
        for (pair, (holds, fails)) in (0_u8..).zip(pairs) {
            for (flags, is_set) in holds.iter().map(|it| (it, true)).chain(fails.iter().map(|it| (it, false)))
            {
                let [first, second] = [0x70 + 2 * pair, 0x71 + 2 * pair];
                assert_eq!(decided(&[first, 0x10], *flags, 0), Some(is_set), "{first:#x} {flags:#x}");
                assert_eq!(decided(&[second, 0x10], *flags, 0), Some(!is_set), "{second:#x} {flags:#x}");
                let near = [0x0f, 0x80 + 2 * pair, 0x10, 0, 0, 0];
                assert_eq!(decided(&near, *flags, 0), Some(is_set));
            }
        }
    }

    #[test]
    fn some_jumps_decide_by_a_register() {
        assert_eq!(decided(&[0xe3, 0x10], 0, 0), Some(true), "jrcxz");
        assert_eq!(decided(&[0xe3, 0x10], 0, 1 << 32), Some(false));
        assert_eq!(decided(&[0x67, 0xe3, 0x10], 0, 1 << 32), Some(true), "jecxz");
        assert_eq!(decided(&[0xe1, 0x10], 0, 0), None, "loope");
        assert_eq!(decided(&[0xeb, 0x10], 0, 0), None, "jmp");
        assert_eq!(decided(&[0x90], 0, 0), None);
    }
}
