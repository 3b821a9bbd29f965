//! Line tables of code objects: which lines have code.

use super::Version;
use super::versions::{Features, LineTableFormat};
use crate::numbers::{self, NumberSet};
use crate::runtime::Malformed;

/// The line table of a code object, and what is needed to read it.
#[derive(Debug, Clone, Copy)]
pub struct LineTable<'a> {
    /// `co_linetable`; before CPython 3.10, `co_lnotab`.
    pub bytes: &'a [u8],
    /// `co_firstlineno`.
    pub first: i32,
    /// Length of `co_code` in bytes. Only `co_lnotab` needs it, as it may extend beyond the end of the code.
    pub code_size: u32,
}

/// A run of instructions: its length in bytes or code units, and its line, if it has one.
type Run = (u32, Option<i64>);

impl LineTable<'_> {
    /// The lines that have an instruction: those of `co_lines()`, or of `dis.findlinestarts` before 3.10.
    /// Without line 0, where the interpreter puts the beginning of a module.
    ///
    /// # Errors
    /// When the bytes cannot be a line table of this version.
    pub fn lines(&self, version: Version) -> Result<NumberSet, Malformed> {
        let runs = match Features::of(version.minor()).line_table {
            LineTableFormat::Lnotab => self.before_3_10()?,
            LineTableFormat::Pairs => self.of_3_10()?,
            LineTableFormat::Locations => self.since_3_11()?,
        };
        let lines = runs.into_iter().filter(|(length, _)| *length > 0).filter_map(|(_, line)| line);
        Ok(lines.filter_map(|line| u32::try_from(line).ok()).filter(is_line).collect())
    }

    /// Objects/lnotab_notes.txt of CPython 3.9: each pair is an increment of the address, then one of the
    /// line.
    fn before_3_10(&self) -> Result<Vec<Run>, Malformed> {
        let mut runs = Vec::new();
        let mut line = i64::from(self.first);
        let mut left = self.code_size;
        for (length, delta) in pairs(self.bytes)? {
            let length = u32::from(length).min(left);
            runs.push((length, Some(line)));
            left -= length;
            line += i64::from(delta);
        }
        runs.push((left, Some(line)));
        Ok(runs)
    }

    /// PEP 626: each pair is the length of a run, then the difference of its line to the one before.
    fn of_3_10(&self) -> Result<Vec<Run>, Malformed> {
        const NO_LINE: i8 = -128;
        let mut line = i64::from(self.first);
        let run = |(length, delta): (u8, i8)| {
            if delta == NO_LINE {
                return (length.into(), None);
            }
            line += i64::from(delta);
            (length.into(), Some(line))
        };
        Ok(pairs(self.bytes)?.map(run).collect())
    }

    /// Objects/locations.md of CPython 3.11 and later: a byte with bit 7 begins an entry, and states its kind
    /// and length.
    fn since_3_11(&self) -> Result<Vec<Run>, Malformed> {
        const BEGINS: u8 = 1 << 7;
        let mut runs = Vec::new();
        let mut line = i64::from(self.first);
        let mut rest = self.bytes;
        while let [entry, after @ ..] = rest {
            if entry & BEGINS == 0 {
                return Err(Malformed);
            }
            let end = after.iter().position(|byte| byte & BEGINS != 0).unwrap_or(after.len());
            let (details, next) = after.split_at(end);
            rest = next;
            let delta = match entry >> 3 & 0xf {
                0..=9 => Some(0), // the short forms
                kind @ 10..=12 => Some(i64::from(kind) - 10),
                13 | 14 => Some(signed_varint(details)?),
                _ => None,
            };
            line += delta.unwrap_or(0);
            runs.push((u32::from(entry & 7) + 1, delta.map(|_| line)));
        }
        Ok(runs)
    }
}

fn is_line(line: &u32) -> bool {
    (1..numbers::LIMIT).contains(line)
}

fn pairs(bytes: &[u8]) -> Result<impl Iterator<Item = (u8, i8)>, Malformed> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return Err(Malformed) };
    Ok(pairs.iter().map(|[length, delta]| (*length, delta.cast_signed())))
}

/// Six bits in each byte, the lowest first, and bit 6 in all bytes but the last. The lowest bit of the number
/// is the sign.
fn signed_varint(bytes: &[u8]) -> Result<i64, Malformed> {
    const MORE: u8 = 1 << 6;
    let mut number = 0_u32;
    for (at, byte) in bytes.iter().enumerate() {
        let part = u32::from(byte & (MORE - 1));
        let shifted = part.checked_shl(6 * at as u32).ok_or(Malformed)?;
        number |= shifted;
        if byte & MORE == 0 {
            let size = i64::from(number >> 1);
            return Ok(if number & 1 == 1 { -size } else { size });
        }
    }
    Err(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERSIONS: [Version; 3] = [Version(0x0309_12f0), Version(0x030a_0df0), Version(0x030d_00f0)];

    fn lines(version: u32, first: i32, code_size: u32, bytes: &[u8]) -> Result<Vec<u32>, Malformed> {
        let lines = LineTable { bytes, first, code_size }.lines(Version(version))?;
        Ok(lines.iter().collect())
    }

    #[test]
    fn before_3_10_lines_may_lie_after_the_code() {
        let of = |code_size, bytes: &[u8]| lines(0x0309_12f0, 5, code_size, bytes);
        assert_eq!(of(12, &[4, 1, 0, 100, 0, 100, 4, 0xff]), Ok(vec![5, 205, 206]));
        assert_eq!(of(8, &[4, 1, 4, 3]), Ok(vec![5, 6]), "line 9 begins where the code ends");
        assert_eq!(of(4, &[]), Ok(vec![5]));
        assert_eq!(of(4, &[1]), Err(Malformed));
    }

    #[test]
    fn of_3_10_runs_without_a_line_or_a_length_are_none() {
        let of = |bytes: &[u8]| lines(0x030a_0df0, 5, 0, bytes);
        assert_eq!(of(&[4, 0, 0, 7, 2, 1, 2, 0x80, 2, 0xfe]), Ok(vec![5, 11, 13]));
        assert_eq!(of(&[4]), Err(Malformed));
    }

    #[test]
    fn since_3_11_each_kind_of_entry_says_its_line() {
        let of = |bytes: &[u8]| lines(0x030d_00f0, 5, 0, bytes);
        let [short, one_line, no_column, long, none] =
            [0x80 | 9 << 3, 0x80 | 12 << 3, 0x80 | 13 << 3, 0xf0, 0xf8];
        assert_eq!(of(&[short, 0x7f]), Ok(vec![5]));
        assert_eq!(of(&[one_line, 1, 2, none, no_column, 0b11]), Ok(vec![6, 7]));
        assert_eq!(of(&[long, 0x40 | 0x28, 0x04, 0, 0, 0]), Ok(vec![5 + (4 << 6 | 0x28) / 2]));
        assert_eq!(of(&[no_column, 0b1011]), Ok(vec![]), "the interpreter's line 0 is none");
        for bytes in [
            &[0x7f_u8] as &[u8],
            &[no_column],
            &[no_column, 0x40],
            &[long, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f],
        ] {
            assert_eq!(of(bytes), Err(Malformed), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_cost_more_than_their_length(
            bytes in prop::collection::vec(any::<u8>(), 0..300), first: i32, code_size: u32,
        ) {
            for version in VERSIONS {
                if let Ok(lines) = (LineTable { bytes: &bytes, first, code_size }).lines(version) {
                    prop_assert!(lines.len() <= bytes.len() + 1);
                }
            }
        }
    }
}
