//! Sets of processes: which of them ran a line. Most lines share theirs with many others, so each set is kept once, and a page
//! has its number beside each line.

use super::super::counts::sharers;
use crate::data::view::{SourceFile, View};
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Sets of processes, by their indices in [`View::processes`].
#[derive(Debug, Default)]
pub(super) struct ProcessSets {
    numbers: HashMap<Rc<[usize]>, usize>,
    sets: Vec<Rc<[usize]>>,
}

/// For each number that anybody reached, the number of the set of those who did.
pub(super) type Reached = HashMap<u32, usize>;

/// Who reached what of one file.
pub(super) struct Reach {
    pub sets: ProcessSets,
    pub lines: Reached,
    /// By their ordinals.
    pub functions: Reached,
}

impl Reach {
    pub fn of(file: &SourceFile) -> Self {
        let mut sets = ProcessSets::default();
        let (lines, functions) = (sets.turned(&file.hits), sets.turned(&file.entered));
        Self { sets, lines, functions }
    }
}

impl ProcessSets {
    /// The number of a set, which is in ascending order.
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

    /// Takes in all sets of another one. Gives the number that each has here.
    pub fn add(&mut self, others: &Self) -> Vec<usize> {
        others.sets.iter().map(|set| self.number(set.to_vec())).collect()
    }

    /// Turns round who reached what: of each line or function, who reached it.
    fn turned(&mut self, hits: &[(usize, Rc<NumberSet>)]) -> Reached {
        let groups = sharers(hits);
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

/// A set as ranges of indices: the first and the last of each, one after the other.
pub(super) struct Ranges<'s>(pub &'s [usize]);

impl Serialize for Ranges<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let runs = self.0.chunk_by(|one, next| next - one == 1);
        serializer.collect_seq(runs.flat_map(|run| [run[0], run[run.len() - 1]]))
    }
}

impl Serialize for ProcessSets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sets.iter().map(|set| Ranges(set)))
    }
}

/// Those that forkcov started or attached to, and all others.
#[derive(Debug)]
pub(super) struct Families {
    is_parent: Vec<bool>,
}

/// To which family all belong that reached something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    Parents,
    Children,
    Neither,
}

impl Families {
    pub fn of(view: &View) -> Self {
        Self { is_parent: view.processes.iter().map(|process| process.parent.is_none()).collect() }
    }

    pub fn only(&self, processes: &[usize]) -> Only {
        match processes.iter().filter(|process| self.is_parent[**process]).count() {
            0 => Only::Children,
            parents if parents == processes.len() => Only::Parents,
            _ => Only::Neither,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(numbers: &[u32]) -> Rc<NumberSet> {
        Rc::new(numbers.iter().copied().collect())
    }

    #[test]
    fn ranges_join_neighbours() {
        let text = |set: &[usize]| serde_json::to_string(&Ranges(set)).unwrap();
        assert_eq!((text(&[0, 1, 2, 5, 7, 8]), text(&[])), ("[0,2,5,5,7,8]".to_owned(), "[]".to_owned()));
    }

    proptest! {
        #[test]
        fn who_reached_a_number_is_who_has_it(
            hits in prop::collection::vec(prop::collection::vec(1_u32..20, 0..12), 0..8)
        ) {
            let hits: Vec<_> = hits.iter().map(|numbers| set(numbers)).enumerate().collect();
            let mut sets = ProcessSets::default();
            let turned = sets.turned(&hits);
            for number in 1..20 {
                let expected: Vec<usize> =
                    hits.iter().filter(|(_, numbers)| numbers.contains(number)).map(|(process, _)| *process).collect();
                let actual = turned.get(&number).map_or(&[][..], |set| sets.get(*set));
                prop_assert_eq!(actual, &expected[..]);
            }
            let distinct: std::collections::HashSet<_> = (0..sets.sets.len()).map(|set| sets.get(set)).collect();
            prop_assert_eq!(distinct.len(), sets.sets.len());
        }
    }
}
