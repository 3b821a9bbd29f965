//! Sets of small numbers (lines of a file, functions of a file): in memory a bitset, on disk coverage.py's
//! "numbits": bit `n % 8` of byte `n / 8`.

use fixedbitset::{Block, FixedBitSet};

/// Every number of a set that came from a file is below this: a byte of damage must not cost gigabytes.
pub const LIMIT: u32 = 1 << 26;

/// A set of small numbers. It takes a bit for each number up to the greatest.
#[derive(Debug, Clone, Default)]
pub struct NumberSet(FixedBitSet);

/// Why bytes are no set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a set of {0} bytes is too large to be true")]
pub struct TooLarge(pub usize);

impl NumberSet {
    /// Adds `number`; true if it was not there.
    pub fn insert(&mut self, number: u32) -> bool {
        /// Most sets are filled in ascending order, and would be made longer for each number.
        const ROOM: usize = 512;
        let index = number as usize;
        if index >= self.0.len() {
            self.0.grow((index + 1).next_multiple_of(ROOM));
        }
        !self.0.put(index)
    }

    /// Whether `number` is in the set.
    pub fn contains(&self, number: u32) -> bool {
        self.0.contains(number as usize)
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.0.count_ones(..)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_clear()
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.ones().map(|index| index as u32)
    }

    /// Adds every number of `other`.
    pub fn union_with(&mut self, other: &Self) {
        self.0.union_with(&other.0);
    }

    /// The numbers that `other` lacks.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        rest.0.difference_with(&other.0);
        rest
    }

    /// The set as numbits, without zero bytes at the end: equal sets give equal bytes.
    pub fn to_numbits(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.as_slice().iter().flat_map(|block| block.to_le_bytes()).collect();
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes.truncate(used);
        bytes
    }

    /// The set of which `bytes` are the numbits; zero bytes at the end are allowed.
    ///
    /// # Errors
    /// When it could hold a number of [`LIMIT`] or more.
    pub fn from_numbits(bytes: &[u8]) -> Result<Self, TooLarge> {
        if bytes.len() > (LIMIT / 8) as usize {
            return Err(TooLarge(bytes.len()));
        }
        let blocks = bytes.chunks(size_of::<Block>()).map(|chunk| {
            let mut block = [0; size_of::<Block>()];
            block[..chunk.len()].copy_from_slice(chunk);
            Block::from_le_bytes(block)
        });
        Ok(Self(FixedBitSet::with_capacity_and_blocks(bytes.len() * 8, blocks)))
    }
}

/// Equal numbers make equal sets, whatever room each of them has.
impl PartialEq for NumberSet {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_slice(), other.0.as_slice());
        let common = a.len().min(b.len());
        a[..common] == b[..common] && a[common..].iter().chain(&b[common..]).all(|block| *block == 0)
    }
}

impl Eq for NumberSet {}

impl Extend<u32> for NumberSet {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, numbers: I) {
        for number in numbers {
            self.insert(number);
        }
    }
}

impl FromIterator<u32> for NumberSet {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut set = Self::default();
        set.extend(numbers);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn set(numbers: &[u32]) -> NumberSet {
        numbers.iter().copied().collect()
    }

    #[test]
    fn bits_lie_as_in_coverage_py() {
        assert_eq!(set(&[1, 2, 9]).to_numbits(), [0b110, 0b10]);
        assert_eq!(set(&[]).to_numbits(), [0; 0]);
    }

    #[test]
    fn insert_says_whether_the_number_was_new() {
        let mut numbers = NumberSet::default();
        assert!(numbers.insert(7));
        assert!(!numbers.insert(7));
        assert!(numbers.contains(7) && !numbers.contains(70_000));
    }

    #[test]
    fn room_makes_no_difference() {
        let mut roomy = set(&[3, 4000]);
        roomy = roomy.difference(&set(&[4000]));
        assert_eq!(roomy, set(&[3]));
        assert_eq!(set(&[3]), roomy);
        assert_ne!(roomy, set(&[3, 4000]));
        assert_eq!(roomy.to_numbits(), set(&[3]).to_numbits());
    }

    #[test]
    fn absurd_sizes_are_refused() {
        let bytes = vec![0; (LIMIT / 8) as usize + 1];
        assert_eq!(NumberSet::from_numbits(&bytes), Err(TooLarge(bytes.len())));
        assert!(NumberSet::from_numbits(&bytes[1..]).is_ok());
    }

    proptest! {
        #[test]
        fn behaves_like_a_btree_set(a in prop::collection::btree_set(0u32..5000, 0..50),
                                    b in prop::collection::btree_set(0u32..900, 0..50)) {
            let (x, y): (NumberSet, NumberSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            prop_assert_eq!(x.len(), a.len());
            prop_assert_eq!(x.is_empty(), a.is_empty());
            prop_assert_eq!(x.iter().collect::<BTreeSet<_>>(), a.clone());
            prop_assert_eq!(x.difference(&y).iter().collect::<BTreeSet<_>>(), &a - &b);
            prop_assert_eq!(NumberSet::from_numbits(&x.to_numbits()).unwrap(), x.clone());
            prop_assert_eq!(x == y, a == b);
            let mut union = y.clone();
            union.union_with(&x);
            prop_assert_eq!(union.iter().collect::<BTreeSet<_>>(), &a | &b);
        }
    }
}
