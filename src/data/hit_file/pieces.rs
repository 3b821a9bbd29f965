//! The pieces of objects in which a process hit anything, and where their bytes are.

use hashbrown::HashMap;
use std::ops::{Range, RangeInclusive};

/// How many sites a piece has; the last piece of an object may have fewer. Larger pieces waste space for
/// sites that are not hit, smaller ones for headers. The 2,000 hits of a program in Rust take 10 kB with
/// pieces of 64, 12 kB with these, 18 kB with 512 and 28 kB with 4,096.
const PIECE: usize = u128::BITS as usize;

/// A piece of an object, as it was hit in a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PieceId {
    /// The number of the context.
    pub context: u32,
    /// The number of the object.
    pub object: u32,
    number: u32,
}

/// The pieces in which a site was hit.
#[derive(Debug, Default)]
pub(super) struct Pieces(HashMap<PieceId, Piece>);

/// The hits of a piece.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece {
    /// A bit for each site.
    hits: u128,
    /// Where its bytes are in the hit file. `None` while they are not there, because the disk is full.
    pub at: Option<u64>,
}

impl PieceId {
    /// The piece of a site, and the bit of the site in it.
    pub fn of(context: u32, object: u32, site: usize) -> (Self, u128) {
        (Self { context, object, number: (site / PIECE) as u32 }, 1 << (site % PIECE))
    }

    /// The pieces of some neighbouring sites, and the bits of the sites in each.
    pub fn of_all(
        context: u32,
        object: u32,
        sites: RangeInclusive<usize>,
    ) -> impl Iterator<Item = (Self, u128)> {
        let (start, end) = sites.into_inner();
        (start / PIECE..=end / PIECE).map(move |number| {
            let first = number * PIECE;
            let (from, to) = (start.max(first) - first, end.min(first + PIECE - 1) - first);
            (Self { context, object, number: number as u32 }, u128::MAX >> (PIECE - 1 - (to - from)) << from)
        })
    }

    /// Its first site, and how many sites it has, in an object of so many sites.
    pub fn range(self, sites: u32) -> (u32, u32) {
        let first = self.number * PIECE as u32;
        (first, (sites - first).min(PIECE as u32))
    }
}

impl Piece {
    /// The bytes of its first `sites` sites: 0, or 1 once it was hit.
    pub fn bytes(&self, sites: u32) -> impl Iterator<Item = u8> + use<> {
        let hits = self.hits;
        (0..sites).map(move |site| u8::from(hits >> site & 1 != 0))
    }
}

impl Pieces {
    /// Adds hits to a piece. Gives the range of its sites that are hit for the first time, if there are any.
    pub fn add(&mut self, piece: PieceId, hits: u128) -> Option<Range<u32>> {
        let piece = self.0.entry(piece).or_default();
        let new = hits & !piece.hits;
        piece.hits |= hits;
        (new != 0).then(|| new.trailing_zeros()..u128::BITS - new.leading_zeros())
    }

    /// A piece; an empty one if none of its sites was hit.
    pub fn get(&self, piece: PieceId) -> Piece {
        self.0.get(&piece).copied().unwrap_or_default()
    }

    /// Notes where the bytes of a piece are in the hit file; `None` if they are not there.
    pub fn set_place(&mut self, piece: PieceId, at: Option<u64>) {
        self.0.entry(piece).or_default().at = at;
    }

    /// Forgets the pieces that are in the file: those of a context that has ended.
    pub fn forget_saved(&mut self) {
        self.0.retain(|_, piece| piece.at.is_none());
    }

    /// Whether a site was hit.
    pub fn is_set(&self, piece: PieceId, hit: u128) -> bool {
        self.0.get(&piece).is_some_and(|piece| piece.hits & hit != 0)
    }

    /// The pieces that are not in the file, sorted by object.
    pub fn unsaved(&self) -> Vec<PieceId> {
        let mut pieces: Vec<_> =
            self.0.iter().filter(|(_, piece)| piece.at.is_none()).map(|(id, _)| *id).collect();
        pieces.sort_unstable();
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn neighbouring_sites_have_the_bits_of_each(start in 0usize..600, more in 0usize..600) {
            let mut one_by_one: Vec<(PieceId, u128)> = Vec::new();
            for (piece, hit) in (start..=start + more).map(|site| PieceId::of(1, 7, site)) {
                match one_by_one.last_mut().filter(|(last, _)| *last == piece) {
                    Some((_, hits)) => *hits |= hit,
                    None => one_by_one.push((piece, hit)),
                }
            }
            prop_assert_eq!(PieceId::of_all(1, 7, start..=start + more).collect::<Vec<_>>(), one_by_one);
        }
    }
}
