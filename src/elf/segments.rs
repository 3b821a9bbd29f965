//! The segments that contain code, and how they are loaded.

use super::file::Elf;
use serde::{Deserialize, Serialize};

/// The size of a page; the kernel maps whole pages (mmap(2)).
const PAGE: u64 = 4096;

/// The executable segments of an object (PT_LOAD with PF_X, elf(5)).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments(Vec<Segment>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Segment {
    offset: u64,
    address: u64,
    size: u64,
}

impl Segments {
    pub(crate) fn of(elf: &Elf) -> Self {
        let segment = |(offset, address, size)| Segment { offset, address, size };
        Self(elf.code_segments().map(segment).collect())
    }

    /// The load bias if an executable mapping of the file, from `offset`, begins at `start`. All
    /// segments of an object are loaded with the same bias.
    pub fn bias(&self, start: u64, offset: u64) -> Option<u64> {
        let begins_at = |segment: &&Segment| segment.offset / PAGE * PAGE == offset;
        let covers = |segment: &&Segment| {
            (segment.offset / PAGE * PAGE..segment.offset.saturating_add(segment.size)).contains(&offset)
        };
        let segment = self.0.iter().find(begins_at).or_else(|| self.0.iter().find(covers))?;
        Some(start.wrapping_sub(segment.address.wrapping_sub(segment.offset).wrapping_add(offset)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_tells_the_bias() {
        let segments = Segments(vec![
            Segment { offset: 0x1040, address: 0x2040, size: 0x5000 },
            Segment { offset: 0x8000, address: 0x9000, size: 0x10 },
        ]);
        assert_eq!(segments.bias(0x7f00_0000_2000, 0x1000), Some(0x7f00_0000_0000));
        assert_eq!(segments.bias(0x7f00_0000_4000, 0x3000), Some(0x7f00_0000_0000));
        assert_eq!(segments.bias(0x9000, 0x8000), Some(0));
        assert_eq!(segments.bias(0x9000, 0x7000), None);
    }
}
