//! A set of sites, most of which is the same in many processes: a copy shares its parts until they change.

use crate::plain::stream::{Reader, Stored, Writer};
use std::io::{self, Read, Write};
use std::ops::Index;
use std::rc::Rc;

/// Bits of a word.
const BITS: usize = usize::BITS as usize;
/// Words of a part.
const WORDS: usize = 16;
const PART: usize = WORDS * BITS;

type Part = [usize; WORDS];

/// A set of small numbers. It takes memory for what has changed since it was copied.
#[derive(Debug, Clone, Default)]
pub struct SharedBits(Vec<Rc<Part>>);

impl SharedBits {
    pub fn insert(&mut self, number: usize) {
        let part = number / PART;
        if part >= self.0.len() {
            let none = Rc::new([0; WORDS]);
            self.0.resize(part + 1, none);
        }
        self.set(number, true);
    }

    pub fn remove(&mut self, number: usize) {
        if self[number] {
            self.set(number, false);
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn is_empty(&self) -> bool {
        (0..self.0.len() * WORDS).all(|index| self.word(index) == 0)
    }

    /// The numbers from `index` times the bits of a word on, as the bits of a word.
    pub fn word(&self, index: usize) -> usize {
        self.0.get(index / WORDS).map_or(0, |part| part[index % WORDS])
    }

    /// All numbers, ascending.
    pub fn ones(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * WORDS).flat_map(|index| ones(self.word(index)).map(move |bit| index * BITS + bit))
    }

    fn set(&mut self, number: usize, is_in: bool) {
        let (part, word, bit) = (number / PART, number % PART / BITS, 1 << (number % BITS));
        if (self.0[part][word] & bit != 0) != is_in {
            Rc::make_mut(&mut self.0[part])[word] ^= bit;
        }
    }
}

impl Stored for SharedBits {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        let words: Vec<u64> = self.0.iter().flat_map(|part| part.map(|word| word as u64)).collect();
        writer.array(&words)
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        let words: Vec<u64> = reader.array()?;
        let part = |words: &[u64]| {
            let mut part = [0; WORDS];
            part.iter_mut().zip(words).for_each(|(word, stored)| *word = *stored as usize);
            Rc::new(part)
        };
        Ok(Self(words.chunks(WORDS).map(part).collect()))
    }
}

impl Index<usize> for SharedBits {
    type Output = bool;

    fn index(&self, number: usize) -> &bool {
        if self.word(number / BITS) >> (number % BITS) & 1 != 0 { &true } else { &false }
    }
}

/// The bits that are set in a word.
pub fn ones(mut word: usize) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_changes_alone_and_shares_the_rest() {
        let numbers = [0, 1, 63, 64, PART - 1, PART, 5 * PART + 77];
        let mut bits = SharedBits::default();
        assert!(bits.is_empty() && !bits[PART]);
        numbers.iter().rev().for_each(|&number| bits.insert(number));
        assert!(bits.ones().eq(numbers));
        let mut copy = bits.clone();
        copy.remove(64);
        copy.remove(3);
        copy.insert(2);
        assert!(bits.ones().eq(numbers), "the original is as before");
        assert!(copy.ones().eq([0, 1, 2, 63, PART - 1, PART, 5 * PART + 77]));
        let is_shared = |part: usize| Rc::ptr_eq(&bits.0[part], &copy.0[part]);
        assert!(!is_shared(0) && (1..6).all(is_shared));
        assert_eq!((copy.word(0), copy.word(1), copy.word(1 << 20)), (1 << 63 | 0b111, 0, 0));
        let mut writer = Writer::new(Vec::new());
        bits.store(&mut writer).unwrap();
        let stored = writer.finish().unwrap();
        let loaded = SharedBits::load(&mut Reader::new(&stored[..], stored.len() as u64)).unwrap();
        assert!(loaded.ones().eq(numbers));
        copy.clear();
        assert!(copy.is_empty() && copy.ones().next().is_none() && !copy[1]);
    }
}
