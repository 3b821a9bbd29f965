//! A jump through a table of addresses, or of distances from the table.

use crate::machine::BranchJump;

/// A jump through a table.
#[derive(Debug, Clone)]
pub(super) struct TableJump {
    pub(super) jump: BranchJump,
    pub(super) table: u64,
    pub(super) kind: Kind,
    /// How many entries the table has.
    pub(super) entries: usize,
    /// The conditional jump that leads elsewhere if the index is too large.
    pub(super) check: Option<u64>,
}

/// What a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Signed distances from the table.
    Distances,
    Addresses,
}

impl Kind {
    /// The length in bytes of an entry.
    pub(super) fn length(self) -> u64 {
        match self {
            Self::Distances => 4,
            Self::Addresses => 8,
        }
    }

    /// Where the entries of the table at `table`, whose bytes begin with these, lead.
    pub(super) fn targets(self, table: u64, bytes: &[u8]) -> Box<dyn Iterator<Item = u64> + '_> {
        match self {
            Self::Distances => {
                let distances = bytes.as_chunks::<4>().0.iter().map(|entry| i32::from_le_bytes(*entry));
                Box::new(distances.map(move |distance| table.wrapping_add_signed(distance.into())))
            }
            Self::Addresses => {
                Box::new(bytes.as_chunks::<8>().0.iter().map(|entry| u64::from_le_bytes(*entry)))
            }
        }
    }
}
