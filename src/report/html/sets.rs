//! Sets of processes that ran a line. Most lines share their set with many other lines, so each set is stored
//! once, and a page has the number of the set beside each line.

use super::super::line_counts::by_set;
use crate::data::view::{SourceFile, View};
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Numbered sets of processes, which are indices into [`View::processes`].
#[derive(Debug, Default)]
pub(super) struct ProcessSets {
    numbers: HashMap<Rc<[usize]>, usize>,
    sets: Vec<Rc<[usize]>>,
}

/// By line (or function, or direction of a branch) that any process ran: the number of the set of processes
/// that ran it.
pub(super) type SetNumbers = HashMap<u32, usize>;

/// The processes that ran each line and function of one file, and took each direction of a branch.
pub(super) struct FileSets {
    pub sets: ProcessSets,
    pub lines: SetNumbers,
    /// By the ordinals of the functions.
    pub functions: SetNumbers,
    /// By the ordinals of the directions of branches.
    pub branches: SetNumbers,
}

impl FileSets {
    pub fn of(file: &SourceFile) -> Self {
        let mut sets = ProcessSets::default();
        let (lines, functions) = (sets.add_inverted(&file.hits), sets.add_inverted(&file.entered));
        let branches = sets.add_inverted(&file.taken);
        Self { sets, lines, functions, branches }
    }
}

impl ProcessSets {
    /// The number of `set`, which is in ascending order. A new set gets the next number.
    fn number(&mut self, set: Vec<usize>) -> usize {
        if let Some(number) = self.numbers.get(set.as_slice()) {
            return *number;
        }
        let set: Rc<[usize]> = set.into();
        self.numbers.insert(Rc::clone(&set), self.sets.len());
        self.sets.push(set);
        self.sets.len() - 1
    }

    pub fn get(&self, number: usize) -> &[usize] {
        &self.sets[number]
    }

    /// Adds all sets of `others`. Returns the number of each set here.
    pub fn add(&mut self, others: &Self) -> Vec<usize> {
        others.sets.iter().map(|set| self.number(set.to_vec())).collect()
    }

    /// Inverts `hits`, the lines (or functions) by process: returns the set of processes by line.
    pub fn add_inverted(&mut self, hits: &[(usize, Rc<NumberSet>)]) -> SetNumbers {
        let groups = by_set(hits);
        let mut reached_by: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (group, (numbers, _)) in groups.iter().enumerate() {
            numbers.iter().for_each(|number| reached_by.entry(number).or_default().push(group));
        }
        let mut known: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut set_of = |of: Vec<usize>| {
            if let Some(set) = known.get(&of) {
                return *set;
            }
            let mut processes: Vec<usize> = of.iter().flat_map(|&group| &groups[group].1).copied().collect();
            processes.sort_unstable();
            let set = self.number(processes);
            known.insert(of, set);
            set
        };
        reached_by.into_iter().map(|(number, of)| (number, set_of(of))).collect()
    }
}

/// The digits of numbers in the text of a set: nothing that needs escaping in HTML or JSON.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A set as text: of each range, how many indices lie between it and the range before it, and how many it
/// has beside the first. A number is written in digits of 5 bits, the lowest first; all but the last have bit
/// 5 set. If a map of the bits is shorter, it is that, 6 bits a digit, after a `!`.
struct SetText<'s>(&'s [usize]);

impl SetText<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        let mut next = 0;
        for run in self.0.chunk_by(|one, next| next - one == 1) {
            push_number(&mut text, run[0] - next);
            push_number(&mut text, run.len() - 1);
            next = run[0] + run.len();
        }
        if text.len() > next / 6 + 2 { self.bits() } else { text }
    }

    fn bits(&self) -> String {
        let sixths = self.0.chunk_by(|one, next| one / 6 == next / 6);
        let mut text = String::from("!");
        for sixth in sixths {
            let bits: usize = sixth.iter().map(|index| 1 << (index % 6)).sum();
            text.extend(std::iter::repeat_n('A', sixth[0] / 6 + 1 - text.len()));
            text.push(DIGITS[bits].into());
        }
        text
    }
}

fn push_number(text: &mut String, mut number: usize) {
    while number >= 32 {
        text.push(DIGITS[number % 32 + 32].into());
        number /= 32;
    }
    text.push(DIGITS[number].into());
}

impl Serialize for ProcessSets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sets.iter().map(|set| SetText(set).text()))
    }
}

/// Which processes are parents (forkcov started or attached to them); all others are children.
#[derive(Debug)]
pub(super) struct ParentsAndChildren {
    is_parent: Vec<bool>,
}

/// Whether only parents, or only children, ran a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RanOnlyIn {
    Parents,
    Children,
    Neither,
}

impl ParentsAndChildren {
    pub fn of(view: &View) -> Self {
        Self { is_parent: view.processes.iter().map(|process| process.parent.is_none()).collect() }
    }

    pub fn only(&self, processes: &[usize]) -> RanOnlyIn {
        match processes.iter().filter(|process| self.is_parent[**process]).count() {
            0 => RanOnlyIn::Children,
            parents if parents == processes.len() => RanOnlyIn::Parents,
            _ => RanOnlyIn::Neither,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn set(numbers: &[u32]) -> Rc<NumberSet> {
        Rc::new(numbers.iter().copied().collect())
    }

    #[test]
    fn a_set_is_written_as_gaps_and_lengths_or_as_bits() {
        let text = |set: &[usize]| SetText(set).text();
        assert_eq!(text(&[]), "");
        assert_eq!(text(&(10..=90).collect::<Vec<_>>()), "KwC");
        assert_eq!(text(&[33, 40, 1000]), "hBAGA_dA");
        let odd: Vec<usize> = (0..60).filter(|index| index % 2 == 1).collect();
        assert_eq!(text(&odd), "!qqqqqqqqqq");
    }

    /// What `rangesOf` in core.js does.
    fn read(text: &str) -> Vec<usize> {
        let digit = |byte: u8| DIGITS.iter().position(|other| *other == byte).unwrap();
        if let Some(bits) = text.strip_prefix('!') {
            let of_digit = |(place, byte)| {
                (0..6).filter(move |bit| (digit(byte) >> bit) & 1 == 1).map(move |bit| 6 * place + bit)
            };
            return bits.bytes().enumerate().flat_map(of_digit).collect();
        }
        let (mut numbers, mut number, mut shift) = (Vec::new(), 0, 0);
        for byte in text.bytes() {
            number += (digit(byte) % 32) << shift;
            shift += 5;
            if digit(byte) < 32 {
                numbers.push(number);
                (number, shift) = (0, 0);
            }
        }
        let (mut set, mut next) = (Vec::new(), 0);
        for range in numbers.chunks(2) {
            set.extend(next + range[0]..=next + range[0] + range[1]);
            next += range[0] + range[1] + 1;
        }
        set
    }

    proptest! {
        #[test]
        fn the_text_of_a_set_holds_exactly_its_members(
            members in prop::collection::btree_set(prop_oneof![0_usize..70, 0_usize..5000], 0..60)
        ) {
            let set: Vec<usize> = members.into_iter().collect();
            prop_assert_eq!(read(&SetText(&set).text()), set.clone());
            prop_assert_eq!(read(&SetText(&set).bits()), set);
        }

        #[test]
        fn the_set_of_a_number_holds_exactly_the_processes_that_have_it(
            hits in prop::collection::vec(prop::collection::vec(1_u32..20, 0..12), 0..8)
        ) {
            let hits: Vec<_> = hits.iter().map(|numbers| set(numbers)).enumerate().collect();
            let mut sets = ProcessSets::default();
            let inverted = sets.add_inverted(&hits);
            for number in 1..20 {
                let has_it = hits.iter().filter(|(_, numbers)| numbers.contains(number));
                let expected: Vec<usize> = has_it.map(|(process, _)| *process).collect();
                let actual = inverted.get(&number).map_or(&[][..], |set| sets.get(*set));
                prop_assert_eq!(actual, &expected[..]);
            }
            let distinct: HashSet<_> = (0..sets.sets.len()).map(|set| sets.get(set)).collect();
            prop_assert_eq!(distinct.len(), sets.sets.len());
        }
    }
}
