//! What decides where a jump leads (Intel SDM, volume 2, "Jcc", "JMP", "LOOP").

use crate::machine::{Destination, EdgeJump, Registers};
use iced_x86::{Code as Opcode, ConditionCode, Instruction, Mnemonic, OpKind, Register};

/// Bits of the flags register (Intel SDM, volume 1, "EFLAGS Register").
const CARRY: u64 = 1 << 0;
const PARITY: u64 = 1 << 2;
const ZERO: u64 = 1 << 6;
const SIGN: u64 = 1 << 7;
const TRAP: u64 = 1 << 8;
const OVERFLOW: u64 = 1 << 11;

/// Jumps that decide by the register `rcx`, or by the lower half of it, are numbered from here on. Jumps that
/// decide by flags have the number of their condition in the instruction.
const BY_COUNT: u16 = 16;
const COUNT_IS_ZERO: u16 = BY_COUNT;
const HALF_IS_ZERO: u16 = BY_COUNT + 1;
/// A jump to the address in a register has this bit, and the number of the register.
const BY_REGISTER: u16 = 1 << 5;
/// A jump to an address in a table has this bit, and the number of the register that is the index. If the
/// table begins at an address in a register, it has the next bit, and the number of that register.
const BY_TABLE: u16 = 1 << 8;
const HAS_BASE: u16 = 1 << 9;
const REGISTER: u16 = 0xf;
const BASE_SHIFT: u32 = 10;
/// The length in bytes of an address in a table.
const ADDRESS_LENGTH: u64 = 8;

/// The decision of a conditional jump, for [`destination`]. `None` for other instructions.
pub(super) fn decision(jump: &Instruction) -> Option<u16> {
    match (jump.condition_code(), jump.code()) {
        (_, Opcode::Jrcxz_rel8_64) => Some(COUNT_IS_ZERO),
        (_, Opcode::Jecxz_rel8_64) => Some(HALF_IS_ZERO),
        (ConditionCode::None, _) => None,
        // `loope` and `loopne` have conditions, too, and change a register.
        _ if matches!(jump.mnemonic(), Mnemonic::Loope | Mnemonic::Loopne) => None,
        (condition, _) => Some(condition as u16 - ConditionCode::o as u16),
    }
}

/// The decision of a jump to an address in a register, or in a table of addresses.
pub(super) fn indirect_decision(jump: &Instruction) -> Option<u16> {
    let number = |register: Register| register.number() as u16;
    let (base, index) = (jump.memory_base(), jump.memory_index());
    match jump.op0_kind() {
        _ if jump.code() != Opcode::Jmp_rm64 => None,
        OpKind::Register => Some(BY_REGISTER | number(jump.op0_register())),
        OpKind::Memory if u64::from(jump.memory_index_scale()) == ADDRESS_LENGTH && index.is_gpr64() => {
            let has_no_segment = jump.segment_prefix() == Register::None
                || matches!(jump.segment_prefix(), Register::DS | Register::CS);
            let base = match base {
                Register::None => Some(0),
                base if base.is_gpr64() => Some(HAS_BASE | number(base) << BASE_SHIFT),
                _ => None,
            };
            base.filter(|_| has_no_segment).map(|base| BY_TABLE | base | number(index))
        }
        _ => None,
    }
}

/// Where a task with these registers goes that is at this jump of an object that is loaded with `bias`; the
/// next instruction is at `next` in the process. `None` for a decision that this machine does not have.
pub fn destination(registers: &Registers, jump: &EdgeJump, next: u64, bias: u64) -> Option<Destination> {
    let is_set = |flag: u64| registers.eflags & flag != 0;
    let is_less = is_set(SIGN) != is_set(OVERFLOW);
    let jumps = match jump.decision {
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
        decision if decision & BY_TABLE != 0 => {
            let index = numbered(registers, decision & REGISTER);
            let base = (decision & HAS_BASE != 0).then(|| numbered(registers, decision >> BASE_SHIFT));
            let base = base.unwrap_or(0).wrapping_add(jump.operand.0);
            return Some(Destination::Stored(base.wrapping_add(index.wrapping_mul(ADDRESS_LENGTH))));
        }
        decision if decision & BY_REGISTER != 0 => {
            return Some(Destination::Code(numbered(registers, decision & REGISTER)));
        }
        _ => return None,
    };
    Some(Destination::Code(if jumps { jump.operand.loaded(bias) } else { next }))
}

/// The register with this number in instructions.
fn numbered(registers: &Registers, number: u16) -> u64 {
    let Registers { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15, .. } =
        *registers;
    let all = [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];
    all[usize::from(number & REGISTER)]
}

/// Does the task single-step its own code?
pub fn steps_itself(registers: &Registers) -> bool {
    registers.eflags & TRAP != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::Svma;
    use iced_x86::{Decoder, DecoderOptions};

    fn decoded(code: &[u8]) -> Instruction {
        Decoder::with_ip(64, code, 0x100, DecoderOptions::NONE).decode()
    }

    fn decided(code: &[u8], eflags: u64, rcx: u64) -> Option<bool> {
        let decoded = decoded(code);
        let registers = Registers { eflags, rcx, ..crate::machine::x86_64::registers::NO_REGISTERS };
        let (decision, operand) = (decision(&decoded)?, Svma(decoded.near_branch_target()));
        let jump = EdgeJump { site: 0, decision, operand };
        let next = decoded.next_ip() + 0x1000;
        let to = destination(&registers, &jump, next, 0x1000)?;
        let [jumps, stays] = [operand.0 + 0x1000, next].map(Destination::Code);
        assert!(to == jumps || to == stays);
        Some(to == jumps)
    }

    #[test]
    fn an_indirect_jump_leads_where_its_operand_says() {
        let registers = Registers {
            rax: 0x7000,
            rcx: 2,
            r11: 0x9000,
            r15: 3,
            ..crate::machine::x86_64::registers::NO_REGISTERS
        };
        let destination = |code: &[u8]| {
            let jump = decoded(code);
            let decision = indirect_decision(&jump)?;
            let operand = Svma(jump.memory_displacement64());
            destination(&registers, &EdgeJump { site: 0, decision, operand }, 0, 0x1000)
        };
        assert_eq!(destination(&[0xff, 0xe0]), Some(Destination::Code(0x7000)), "jmp rax");
        assert_eq!(
            destination(&[0x3e, 0x41, 0xff, 0xe3]),
            Some(Destination::Code(0x9000)),
            "notrack jmp r11"
        );
        let table = [0xff, 0x24, 0xcd, 0x10, 0x20, 0x40, 0];
        assert_eq!(destination(&table), Some(Destination::Stored(0x40_2020)), "jmp [0x402010 + rcx * 8]");
        let based = [0x42, 0xff, 0x64, 0xf8, 0xf8];
        assert_eq!(destination(&based), Some(Destination::Stored(0x7010)), "jmp [rax + r15 * 8 - 8]");
        assert_eq!(destination(&[0xff, 0x20]), None, "jmp [rax]");
        assert_eq!(destination(&[0x65, 0xff, 0x24, 0xcd, 0, 0, 0, 0]), None, "jmp gs:[rcx * 8]");
        assert_eq!(destination(&[0xff, 0xd0]), None, "call rax");
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
