//! Sets of small numbers, such as the lines or functions of a file. In memory a set has a bit for each
//! number, in pages; on disk it has the "numbits" format of coverage.py: bit `n % 8` of byte `n / 8`.

/// Numbers of sets that are read from files are below this limit, so that a damaged byte cannot cost
/// gigabytes.
pub const LIMIT: u32 = 1 << 26;

/// How many numbers a page is for.
const PAGE: u32 = 512;
const WORDS: usize = PAGE as usize / u64::BITS as usize;
const PAGE_BYTES: usize = PAGE as usize / 8;

/// A set of small numbers. It takes memory for the pages that have a number: one great number, as a damaged
/// file can have it, takes no more than a small one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberSet {
    /// Ascending; none is empty.
    pages: Vec<Page>,
}

/// A bit for each number from `index * PAGE` on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Page {
    index: u32,
    words: [u64; WORDS],
}

/// The bytes of a set are more than [`LIMIT`] allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("set of {0} bytes exceeds the limit of {max} bytes", max = LIMIT / 8)]
pub struct SetTooLarge(pub usize);

impl NumberSet {
    /// Adds `number`. Returns whether it is new.
    pub fn insert(&mut self, number: u32) -> bool {
        let index = number / PAGE;
        let at = match self.pages.last() {
            // Sets are mostly filled in ascending order.
            Some(last) if last.index == index => self.pages.len() - 1,
            _ => self.find(index).unwrap_or_else(|at| {
                self.pages.insert(at, Page { index, words: [0; WORDS] });
                at
            }),
        };
        let (word, bit) = place(number);
        let word = &mut self.pages[at].words[word];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether `number` is in the set.
    pub fn contains(&self, number: u32) -> bool {
        let (word, bit) = place(number);
        self.find(number / PAGE).is_ok_and(|at| self.pages[at].words[word] & bit != 0)
    }

    /// How many numbers the set has.
    pub fn len(&self) -> usize {
        let words = self.pages.iter().flat_map(|page| page.words);
        words.map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The greatest number.
    pub fn last(&self) -> Option<u32> {
        let page = self.pages.last()?;
        let word = page.words.iter().rposition(|word| *word != 0)?;
        Some(page.index * PAGE + word as u32 * u64::BITS + page.words[word].ilog2())
    }

    /// The numbers in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.pages.iter().flat_map(|page| {
            (0..).zip(page.words).flat_map(move |(word, bits)| {
                let first = page.index * PAGE + word * u64::BITS;
                let lowest = |bits: u64| (bits != 0).then_some(bits);
                std::iter::successors(lowest(bits), move |bits| lowest(bits & (bits - 1)))
                    .map(move |bits| first + bits.trailing_zeros())
            })
        })
    }

    /// Adds every number of `other`.
    pub fn union_with(&mut self, other: &Self) {
        for page in &other.pages {
            match self.find(page.index) {
                Ok(at) => {
                    let words = self.pages[at].words.iter_mut().zip(page.words);
                    words.for_each(|(word, other)| *word |= other);
                }
                Err(at) => self.pages.insert(at, page.clone()),
            }
        }
    }

    /// The numbers that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let pages = self.pages.iter().filter_map(|page| {
            let mut page = page.clone();
            if let Ok(at) = other.find(page.index) {
                let words = page.words.iter_mut().zip(other.pages[at].words);
                words.for_each(|(word, other)| *word &= !other);
            }
            (page.words != [0; WORDS]).then_some(page)
        });
        Self { pages: pages.collect() }
    }

    /// The set as numbits, without trailing zero bytes: equal sets give equal bytes.
    pub fn to_numbits(&self) -> Vec<u8> {
        let pages = self.pages.last().map_or(0, |last| last.index as usize + 1);
        let mut bytes = vec![0; pages * PAGE_BYTES];
        for page in &self.pages {
            let start = page.index as usize * PAGE_BYTES;
            let words = bytes[start..start + PAGE_BYTES].chunks_exact_mut(size_of::<u64>()).zip(page.words);
            words.for_each(|(bytes, word)| bytes.copy_from_slice(&word.to_le_bytes()));
        }
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
        let pages = (0..).zip(bytes.chunks(PAGE_BYTES)).filter_map(|(index, chunk)| {
            let mut words = [0; WORDS];
            for (word, bytes) in words.iter_mut().zip(chunk.chunks(size_of::<u64>())) {
                *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            }
            (words != [0; WORDS]).then_some(Page { index, words })
        });
        Ok(Self { pages: pages.collect() })
    }

    /// Where the page is, or would be.
    fn find(&self, index: u32) -> Result<usize, usize> {
        self.pages.binary_search_by_key(&index, |page| page.index)
    }
}

/// The word of a number in its page, and the bit there.
fn place(number: u32) -> (usize, u64) {
    ((number % PAGE / u64::BITS) as usize, 1 << (number % u64::BITS))
}

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
    fn a_great_number_takes_no_more_than_a_small_one() {
        let sets: Vec<NumberSet> = (0..100_000).map(|n| set(&[3, LIMIT - 1 - n])).collect();
        assert!(sets.iter().all(|set| set.pages.len() == 2 && set.len() == 2));
        assert_eq!(sets[7].iter().collect::<Vec<_>>(), [3, LIMIT - 8]);
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
            prop_assert_eq!(x.last(), a.last().copied());
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
