//! Sets of small numbers (lines of a file, functions of a file): in memory a bitset, on disk coverage.py's
//! "numbits": bit `n % 8` of byte `n / 8`.

use fixedbitset::FixedBitSet;

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberSet(FixedBitSet);

impl NumberSet {
    /// Adds `number`; true if it was not there.
    pub fn insert(&mut self, number: u32) -> bool {
        let index = number as usize;
        self.0.grow(index + 1);
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

    /// As numbits.
    pub fn to_numbits(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.0.maximum().map_or(0, |last| last / 8 + 1)];
        for number in self.0.ones() {
            bytes[number / 8] |= 1 << (number % 8);
        }
        bytes
    }

    /// From numbits. `None` for more bytes than any source file needs: damage must not take all memory.
    pub fn from_numbits(bytes: &[u8]) -> Option<Self> {
        const MOST: usize = 1 << 26;
        if bytes.len() > MOST {
            return None;
        }
        let mut set = FixedBitSet::with_capacity(bytes.len() * 8);
        for (at, byte) in bytes.iter().enumerate() {
            (0..8).filter(|bit| byte & (1 << bit) != 0).for_each(|bit| set.insert(at * 8 + bit));
        }
        Some(Self(set))
    }

    /// Adds every number of `other`.
    pub fn union_with(&mut self, other: &Self) {
        self.0.union_with(&other.0);
    }
}

impl FromIterator<u32> for NumberSet {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut set = Self::default();
        for number in numbers {
            set.insert(number);
        }
        set
    }
}
