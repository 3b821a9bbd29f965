//! The detour at the entry of a function.

use super::blocks::{JUMP, JUMP_LENGTH};
use crate::machine::Detour;
use iced_x86::{Decoder, DecoderOptions, FlowControl};

/// Bytes of code at the entry of a function to give to [`detour`]: enough to see the jumps of most functions.
pub const DETOUR_CODE: usize = 1 << 13;

/// The room that a probe has for displaced instructions (`forkcov_displaced` of `probe_detour.h`).
const ROOM: usize = 64;

/// The detour from the function at `entry`, which begins with `code`, to the stub at `stub`, which goes on at
/// `displaced`. `None` if the instructions there cannot be displaced, or jumps lead into them, or the
/// distance is too large.
pub fn detour(entry: u64, code: &[u8], stub: u64, displaced: u64) -> Option<Detour> {
    let mut decoder = Decoder::with_ip(64, code, entry, DecoderOptions::NONE);
    let mut moved = Vec::new();
    let mut length = 0;
    while length < JUMP_LENGTH {
        let instruction = decoder.can_decode().then(|| decoder.decode())?;
        if instruction.is_invalid() || instruction.flow_control() != FlowControl::Next {
            return None;
        }
        let at = moved.len();
        moved.extend(code.get(length..length + instruction.len())?);
        length += instruction.len();
        if instruction.is_ip_rel_memory_operand() {
            let offset = at + decoder.get_constant_offsets(&instruction).displacement_offset();
            let target = instruction.ip_rel_memory_address();
            let distance = distance(displaced + moved.len() as u64, target)?;
            moved.get_mut(offset..offset + size_of_val(&distance))?.copy_from_slice(&distance);
        }
    }
    let inside = entry + 1..entry + length as u64;
    if decoder
        .into_iter()
        .any(|jump| jump.near_branch_target() > 0 && inside.contains(&jump.near_branch_target()))
    {
        return None;
    }
    moved.extend(jump(displaced + moved.len() as u64, inside.end)?);
    let mut jump = jump(entry, stub)?;
    // What is left of the last instruction is never executed.
    jump.extend(&code[JUMP_LENGTH..length]);
    (moved.len() <= ROOM).then_some(Detour { jump, displaced: moved })
}

fn jump(from: u64, to: u64) -> Option<Vec<u8>> {
    let mut code = vec![JUMP];
    code.extend(distance(from + JUMP_LENGTH as u64, to)?);
    Some(code)
}

fn distance(from: u64, to: u64) -> Option<[u8; 4]> {
    i32::try_from(to.wrapping_sub(from).cast_signed()).ok().map(i32::to_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: u64 = 0x40_0000;
    const STUB: u64 = 0x50_0000;
    const DISPLACED: u64 = 0x50_0100;

    fn of(code: &[u8]) -> Option<Detour> {
        detour(ENTRY, code, STUB, DISPLACED)
    }

    #[test]
    fn whole_instructions_are_displaced_and_the_rest_is_jumped_to() {
        let pushes = [0x41, 0x57, 0x41, 0x56, 0x41, 0x55, 0xc3];
        let Detour { jump, displaced } = of(&pushes).unwrap();
        assert_eq!(jump, [0xe9, 0xfb, 0xff, 0x0f, 0, 0x55]);
        assert_eq!(displaced[..6], pushes[..6]);
        assert_eq!(displaced[6], 0xe9);
        let back = i32::from_le_bytes(displaced[7..11].try_into().unwrap());
        assert_eq!(DISPLACED + 11 - ENTRY - 6, u64::from(back.unsigned_abs()));
    }

    #[test]
    fn an_operand_relative_to_the_program_counter_stays_the_same() {
        let load = [0x8b, 0x05, 0, 1, 0, 0, 0xc3]; // mov eax, [rip + 0x100]
        let displaced = of(&load).unwrap().displaced;
        assert_eq!(displaced[..2], load[..2]);
        let distance = i32::from_le_bytes(displaced[2..6].try_into().unwrap());
        assert_eq!(DISPLACED.wrapping_add_signed(i64::from(distance)) + 6, ENTRY + 6 + 0x100);
    }

    #[test]
    fn what_cannot_be_displaced_is_not() {
        assert_eq!(of(&[0x55, 0xe8, 0, 0, 0, 0]), None, "a call");
        assert_eq!(of(&[0x74, 0x10, 0x55, 0x55, 0x55]), None, "a jump");
        assert_eq!(of(&[0x55, 0x55]), None, "too short");
        assert_eq!(of(&[0x55, 0x55, 0x55, 0x55, 0x55, 0xeb, 0xfb, 0xc3]), None, "a jump into them");
        assert!(of(&[0x55, 0x55, 0x55, 0x55, 0x55, 0xeb, 0xf9, 0xc3]).is_some(), "a jump to the entry");
        assert_eq!(detour(ENTRY, &[0x55; 6], ENTRY + (1 << 32), DISPLACED), None, "too far");
    }
}
