//! Pairs of jumps that decide together whether two floating-point numbers are equal. A comparison of such
//! numbers sets the zero flag if they are equal, and also if one of them is no number: then it sets the
//! parity flag, too (Intel SDM, volume 2, "UCOMISD"). So `a == b` takes two jumps.

use iced_x86::{Instruction, Mnemonic};

use super::{Leaders, decode};
use crate::machine::BranchJump;

/// Conditions without their lowest bit, which makes the opposite of them ("Jcc").
const ZERO: u16 = 2;
const PARITY: u16 = 5;

impl Leaders<'_, '_> {
    /// Do two jumps decide whether the same floating-point numbers are equal? The first one leads to `from`,
    /// and the code there to the second. Without optimisation, GCC compares the numbers for each.
    pub(super) fn compare_floats(&self, first: &BranchJump, from: u64, second: &BranchJump) -> bool {
        let conditions = [first, second].map(|jump| jump.decision >> 1);
        if conditions != [PARITY, ZERO] && conditions != [ZERO, PARITY] {
            return false;
        }
        let code = |start: u64, end: u64| -> Vec<Instruction> {
            decode(self.code, start).take_while(|it| it.ip() < end).collect()
        };
        let before = code(self.run_start(first.address), first.address);
        let between = code(from, second.address);
        let is_compared = before.iter().rfind(|it| it.rflags_modified() != 0).is_some_and(compares_floats);
        let keeps_flags = || between.iter().all(|it| it.rflags_modified() == 0);
        is_compared && (before.ends_with(&between) || keeps_flags())
    }
}

fn compares_floats(instruction: &Instruction) -> bool {
    matches!(
        instruction.mnemonic(),
        Mnemonic::Ucomisd
            | Mnemonic::Ucomiss
            | Mnemonic::Comisd
            | Mnemonic::Comiss
            | Mnemonic::Vucomisd
            | Mnemonic::Vucomiss
            | Mnemonic::Vcomisd
            | Mnemonic::Vcomiss
    )
}
