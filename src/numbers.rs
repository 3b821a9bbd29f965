//! Sets of small numbers, such as the lines or functions of a file. In memory a set is a bit set; on disk it
//! has the "numbits" format of coverage.py: bit `n % 8` of byte `n / 8`.

use fixedbitset::{Block, FixedBitSet};

/// Numbers of sets that are read from files are below this limit, so that a damaged byte cannot cost
/// gigabytes.
pub const LIMIT: u32 = 1 << 26;

/// A set of small numbers. It takes one bit for each number up to the greatest.
#[derive(Debug, Clone, Default)]
pub struct NumberSet(FixedBitSet);

/// The bytes of a set are more than [`LIMIT`] allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("set of {0} bytes exceeds the limit of {max} bytes", max = LIMIT / 8)]
pub struct SetTooLarge(pub usize);

impl NumberSet {
    /// Adds `number`. Returns whether it is new.
    pub fn insert(&mut self, number: u32) -> bool {
        /// Sets are mostly filled in ascending order; growing in steps avoids a reallocation per number.
        const STEP: usize = 512;
        let index = number as usize;
        if index >= self.0.len() {
            self.0.grow((index + 1).next_multiple_of(STEP));
        }
        !self.0.put(index)
    }

    /// Whether `number` is in the set.
    pub fn contains(&self, number: u32) -> bool {
        self.0.contains(number as usize)
    }

    /// How many numbers the set has.
    pub fn len(&self) -> usize {
        self.0.count_ones(..)
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_clear()
    }

    /// The greatest number.
    pub fn last(&self) -> Option<u32> {
        self.0.maximum().map(|index| index as u32)
    }

    /// The numbers in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.ones().map(|index| index as u32)
    }

    /// Adds every number of `other`.
    pub fn union_with(&mut self, other: &Self) {
        self.0.union_with(&other.0);
    }

    /// The numbers that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        rest.0.difference_with(&other.0);
        rest
    }

    /// The set as numbits, without trailing zero bytes: equal sets give equal bytes.
    pub fn to_numbits(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.as_slice().iter().flat_map(|block| block.to_le_bytes()).collect();
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes.truncate(used);
        bytes
    }

    /// Reads numbits; trailing zero bytes are allowed.
    ///
    /// # Errors
    /// When `bytes` could contain a number of [`LIMIT`] or more.
    pub fn from_numbits(bytes: &[u8]) -> Result<Self, SetTooLarge> {
        if bytes.len() > (LIMIT / 8) as usize {
            return Err(SetTooLarge(bytes.len()));
        }
        let blocks = bytes.chunks(size_of::<Block>()).map(|chunk| {
            let mut block = [0; size_of::<Block>()];
            block[..chunk.len()].copy_from_slice(chunk);
            Block::from_le_bytes(block)
        });
        Ok(Self(FixedBitSet::with_capacity_and_blocks(bytes.len() * 8, blocks)))
    }
}

/// Sets with the same numbers are equal, whatever their capacities.
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
    fn bits_have_the_order_of_coverage_py() {
        assert_eq!(set(&[1, 2, 9]).to_numbits(), [0b110, 0b10]);
        assert_eq!(set(&[]).to_numbits(), [0; 0]);
    }

    #[test]
    fn insert_returns_whether_the_number_was_new() {
        let mut numbers = NumberSet::default();
        assert!(numbers.insert(7));
        assert!(!numbers.insert(7));
        assert!(numbers.contains(7) && !numbers.contains(70_000));
    }

    #[test]
    fn capacity_does_not_affect_equality() {
        let mut larger = set(&[3, 4000]);
        larger = larger.difference(&set(&[4000]));
        assert_eq!(larger, set(&[3]));
        assert_eq!(set(&[3]), larger);
        assert_ne!(larger, set(&[3, 4000]));
        assert_eq!(larger.to_numbits(), set(&[3]).to_numbits());
    }

    #[test]
    fn sizes_beyond_the_limit_are_refused() {
        let bytes = vec![0; (LIMIT / 8) as usize + 1];
        assert_eq!(NumberSet::from_numbits(&bytes), Err(SetTooLarge(bytes.len())));
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
