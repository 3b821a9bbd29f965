//! Out-of-line code as it is written into a process, and the jump to it.

use super::{JUMP, JUMP_LENGTH};
use crate::machine::{OutOfLineCode, Trampoline, Trampolines};

/// The out-of-line code of an object that is loaded with `bias`, relocated to `at`.
pub(crate) fn relocate(trampolines: &Trampolines, at: OutOfLineCode, bias: u64) -> Vec<u8> {
    let mut code = trampolines.code.clone();
    let subtract = |code: &mut [u8], offset: u32, value: u64| {
        if let Some(bytes) = code[offset as usize..].first_chunk_mut() {
            *bytes = u32::from_le_bytes(*bytes).wrapping_sub(value as u32).to_le_bytes();
        }
    };
    let distance = at.address.wrapping_sub(bias);
    trampolines.pcrel_fixups.iter().for_each(|&offset| subtract(&mut code, offset, distance));
    let counters = u64::from(at.counters).wrapping_neg();
    trampolines.counter_fixups.iter().for_each(|&offset| subtract(&mut code, offset, counters));
    for &offset in &trampolines.abs_fixups {
        if let Some(bytes) = code[offset as usize..].first_chunk_mut() {
            *bytes = u64::from_le_bytes(*bytes).wrapping_add(bias).to_le_bytes();
        }
    }
    code
}

/// The jump that leads from the original code to a trampoline's copy.
pub(crate) fn jump(trampoline: &Trampoline, at: OutOfLineCode, bias: u64) -> [u8; JUMP_LENGTH] {
    let target = at.address + u64::from(trampoline.copy);
    let next = trampoline.start.loaded(bias) + JUMP_LENGTH as u64;
    let [first, second, third, fourth] = (target.wrapping_sub(next) as u32).to_le_bytes();
    [JUMP, first, second, third, fourth]
}
