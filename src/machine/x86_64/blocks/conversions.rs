//! Jumps of conversions between floating-point numbers and unsigned numbers of 64 bits. The processor has
//! only signed ones before AVX-512, so what is beyond them takes another way.

use iced_x86::{Code as Opcode, Instruction, Mnemonic, OpKind};

use super::Leaders;
use crate::machine::BranchJump;

/// Conditions by their numbers in instructions (Intel SDM, volume 2, "Jcc").
const NOT_BELOW: u16 = 3;
const BELOW: u16 = 2;
const SIGN: u16 = 8;
const NO_SIGN: u16 = 9;

impl Leaders<'_, '_> {
    /// Does the jump decide how a number is converted? `run` is the code up to it.
    pub(super) fn is_of_conversion(&self, run: &[Instruction], jump: &BranchJump) -> bool {
        let (large, small) = match jump.decision {
            SIGN | NOT_BELOW => (jump.operand, jump.next()),
            NO_SIGN | BELOW => (jump.next(), jump.operand),
            _ => return false,
        };
        let (large, small) = (self.straight(large), self.straight(small));
        if matches!(jump.decision, SIGN | NO_SIGN) {
            tests_sign(run) && (halves(&large) || halves(run) || is_corrected(run, &large))
        } else {
            truncates(&large) && truncates(&small) && large.iter().any(is_subtraction)
        }
    }
}

/// Is a number of 64 bits compared with zero?
fn tests_sign(run: &[Instruction]) -> bool {
    let compare = run.iter().rfind(|it| it.rflags_modified() != 0);
    compare.is_some_and(|it| match it.code() {
        Opcode::Test_rm64_r64 => it.op0_register() == it.op1_register(),
        Opcode::Cmp_rm64_imm8 => it.immediate(1) == 0,
        _ => false,
    })
}

/// Is half of the number converted, with its lowest bit kept, and doubled?
fn halves(code: &[Instruction]) -> bool {
    let has = |wanted: &[Mnemonic]| code.iter().any(|it| wanted.contains(&it.mnemonic()));
    let doubles = |it: &Instruction| {
        matches!(it.mnemonic(), Mnemonic::Addsd | Mnemonic::Addss | Mnemonic::Vaddsd | Mnemonic::Vaddss)
            && it.op_kind(it.op_count() - 1) == OpKind::Register
    };
    let converts = [Mnemonic::Cvtsi2sd, Mnemonic::Cvtsi2ss, Mnemonic::Vcvtsi2sd, Mnemonic::Vcvtsi2ss];
    has(&[Mnemonic::Shr])
        && has(&[Mnemonic::And])
        && has(&[Mnemonic::Or])
        && has(&converts)
        && code.iter().any(doubles)
}

/// Has the x87 loaded the number as a signed one, and is a constant added to that?
fn is_corrected(run: &[Instruction], large: &[Instruction]) -> bool {
    let loads = |it: &Instruction| it.code() == Opcode::Fild_m64int;
    let adds = |it: &Instruction| matches!(it.mnemonic(), Mnemonic::Fadd | Mnemonic::Faddp);
    run.iter().any(loads) && large.iter().take(2).any(adds)
}

/// Is a floating-point number made a signed one of 64 bits?
fn truncates(code: &[Instruction]) -> bool {
    code.iter().any(|it| match it.mnemonic() {
        Mnemonic::Cvttsd2si | Mnemonic::Cvttss2si | Mnemonic::Vcvttsd2si | Mnemonic::Vcvttss2si => {
            it.op0_register().is_gpr64()
        }
        Mnemonic::Fistp | Mnemonic::Fisttp => {
            matches!(it.code(), Opcode::Fistp_m64int | Opcode::Fisttp_m64int)
        }
        _ => false,
    })
}

fn is_subtraction(instruction: &Instruction) -> bool {
    matches!(
        instruction.mnemonic(),
        Mnemonic::Subsd
            | Mnemonic::Subss
            | Mnemonic::Vsubsd
            | Mnemonic::Vsubss
            | Mnemonic::Fsub
            | Mnemonic::Fsubp
            | Mnemonic::Fsubr
            | Mnemonic::Fsubrp
    )
}
