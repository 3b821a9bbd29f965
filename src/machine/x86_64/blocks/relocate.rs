//! Out-of-line code as it is written into a process, and the jump to it.

use super::{JUMP, JUMP_LENGTH, SHORT_JUMP, SHORT_JUMP_LENGTH};
use crate::elf::Svma;
use crate::machine::{Entrance, JumpCode, OutOfLineCode, Springboard, Trampoline, Trampolines};

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

/// The jump at the beginning of a trampoline's original code, in a process with its out-of-line code at `at`:
/// to the copy, or to the springboard. Empty if only other copies lead to the copy.
pub(crate) fn jump(trampolines: &Trampolines, entry: &Trampoline, at: OutOfLineCode, bias: u64) -> JumpCode {
    match (entry.entrance, trampolines.springboard(entry)) {
        (Entrance::Copies, _) => JumpCode::default(),
        (_, Some(springboard)) => {
            let next = entry.start.0 + SHORT_JUMP_LENGTH as u64;
            JumpCode::new([SHORT_JUMP, springboard.address.0.wrapping_sub(next) as u8])
        }
        _ => jump_to_copy(entry, entry.start, at, bias),
    }
}

/// The jump at a springboard.
pub(crate) fn springboard(
    trampolines: &Trampolines,
    springboard: &Springboard,
    at: OutOfLineCode,
    bias: u64,
) -> JumpCode {
    jump_to_copy(trampolines.entry_of(springboard), springboard.address, at, bias)
}

fn jump_to_copy(entry: &Trampoline, from: Svma, at: OutOfLineCode, bias: u64) -> JumpCode {
    let target = at.address + u64::from(entry.copy);
    let next = from.loaded(bias) + JUMP_LENGTH as u64;
    let [first, second, third, fourth] = (target.wrapping_sub(next) as u32).to_le_bytes();
    JumpCode::new([JUMP, first, second, third, fourth])
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn entry(start: u64, entrance: Entrance) -> Trampoline {
        Trampoline { entrance, ..Trampoline::new(0, Svma(start), 5, 0, 3) }
    }

    #[test]
    fn a_jump_leads_to_the_copy_in_both_directions() {
        let trampolines =
            Trampolines { entries: vec![entry(0x20, Entrance::Jump)], ..Trampolines::default() };
        let distance = |address| {
            let at = OutOfLineCode { address, counters: 0 };
            let jump = jump(&trampolines, &trampolines.entries[0], at, 0x1000);
            assert_eq!(jump[0], JUMP);
            i32::from_le_bytes(jump[1..].try_into().unwrap())
        };
        assert_eq!(distance(0x1100), 0x1103 - 0x1025);
        assert_eq!(distance(0x0f00), 0x0f03 - 0x1025);
    }

    #[test]
    fn a_short_jump_leads_to_a_springboard_and_that_to_the_copy() {
        let at = OutOfLineCode { address: 0x1100, counters: 0 };
        let jumps = |address| {
            let trampolines = Trampolines {
                entries: vec![entry(0x200, Entrance::Springboard(0)), entry(0x300, Entrance::Copies)],
                springboards: vec![Springboard { address: Svma(address), entry: 0, original: 0 }],
                ..Trampolines::default()
            };
            let [short, none] = [0, 1].map(|of| jump(&trampolines, &trampolines.entries[of], at, 0x1000));
            assert!(none.is_empty());
            (short.to_vec(), springboard(&trampolines, &trampolines.springboards[0], at, 0x1000))
        };
        let (forward, last) = jumps(0x202 + 127);
        let (backward, _) = jumps(0x202 - 128);
        assert_eq!((forward, backward), (vec![SHORT_JUMP, 127], vec![SHORT_JUMP, 128]));
        assert_eq!(last[1..], (0x1103_u32.wrapping_sub(0x1202 + 127 + 5)).to_le_bytes());
    }
}
