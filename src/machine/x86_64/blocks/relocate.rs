//! Out-of-line code as it is written into a process, and the jump to it.

use super::{JUMP, JUMP_LENGTH};
use crate::machine::{OutOfLineCode, Trampoline, Trampolines};

/// The out-of-line code of an object that is loaded with `bias`, relocated to `at`; without the return
/// addresses at its end.
pub(crate) fn relocate(trampolines: &Trampolines, at: OutOfLineCode, bias: u64) -> Vec<u8> {
    let mut code = trampolines.code[..trampolines.returns as usize].to_vec();
    let subtract = |code: &mut [u8], offset: u32, value: u64| {
        if let Some(bytes) = code[offset as usize..].first_chunk_mut() {
            *bytes = u32::from_le_bytes(*bytes).wrapping_sub(value as u32).to_le_bytes();
        }
    };
    let distance = at.address.wrapping_sub(bias);
    trampolines.pcrel_fixups.iter().for_each(|&offset| subtract(&mut code, offset, distance));
    let counters = u64::from(at.counters).wrapping_neg();
    trampolines.counter_fixups.iter().for_each(|&offset| subtract(&mut code, offset, counters));
    code
}

/// The return addresses behind the out-of-line code of an object that is loaded with `bias`.
pub(crate) fn return_addresses(trampolines: &Trampolines, bias: u64) -> Vec<u8> {
    let (addresses, _) = trampolines.code[trampolines.returns as usize..].as_chunks();
    let loaded = addresses.iter().map(|bytes| u64::from_le_bytes(*bytes).wrapping_add(bias));
    loaded.flat_map(u64::to_le_bytes).collect()
}

/// The jump that leads from the original code to a trampoline's copy.
pub(crate) fn jump(trampoline: &Trampoline, at: OutOfLineCode, bias: u64) -> [u8; JUMP_LENGTH] {
    let target = at.address + u64::from(trampoline.copy);
    let next = trampoline.start.loaded(bias) + JUMP_LENGTH as u64;
    let [first, second, third, fourth] = (target.wrapping_sub(next) as u32).to_le_bytes();
    [JUMP, first, second, third, fourth]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::Svma;

    #[test]
    fn each_fixup_is_applied_to_its_own_bytes() {
        let mut code = vec![0; 24];
        code[..4].copy_from_slice(&0x1000_u32.to_le_bytes());
        code[4..8].copy_from_slice(&7_u32.to_le_bytes());
        code[16..24].copy_from_slice(&0x1234_u64.to_le_bytes());
        let trampolines = Trampolines {
            code,
            pcrel_fixups: vec![0],
            counter_fixups: vec![4],
            returns: 16,
            ..Trampolines::default()
        };
        let at = OutOfLineCode { address: 0x5000_0100, counters: 40 };
        let code = relocate(&trampolines, at, 0x5000_0000);
        assert_eq!(code[..4], (0x1000_u32 - 0x100).to_le_bytes(), "the code is 0x100 behind the load bias");
        assert_eq!(code[4..8], 47_u32.to_le_bytes());
        assert_eq!(code[8..], [0; 8]);
        assert_eq!(return_addresses(&trampolines, 0x5000_0000), 0x5000_1234_u64.to_le_bytes());
    }

    #[test]
    fn a_jump_leads_to_the_copy_in_both_directions() {
        let (start, length) = (Svma(0x20), 5);
        let trampoline = Trampoline { site: 0, start, length, original: 0, copy: 3, saturated: 0, resume: 0 };
        let distance = |address| {
            let at = OutOfLineCode { address, counters: 0 };
            let [opcode, distance @ ..] = jump(&trampoline, at, 0x1000);
            assert_eq!(opcode, JUMP);
            i32::from_le_bytes(distance)
        };
        assert_eq!(distance(0x1100), 0x1103 - 0x1025);
        assert_eq!(distance(0x0f00), 0x0f03 - 0x1025);
    }
}
