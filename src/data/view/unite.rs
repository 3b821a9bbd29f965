//! One source of two: `[paths]` gave both the same path.

use super::pairs::{OwnedSets, count_owners};
use super::{Branch, Function, SourceFile};
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::rc::Rc;

impl SourceFile {
    /// Adds another source, of the same view, which has just been loaded as this one has.
    pub(super) fn unite_with(&mut self, other: Self) {
        let known = |file: &Self| file.known_to_branch.clone().unwrap_or_else(|| all(&file.hits));
        self.known_to_branch = match (&self.known_to_branch, &other.known_to_branch) {
            (None, None) => None,
            _ => Some(union(&known(self), &known(&other))),
        };
        self.runtime = [self.runtime.take(), other.runtime].into_iter().flatten().min();
        self.snapshots.extend(other.snapshots);
        self.snapshots.sort_unstable();
        self.snapshots.dedup();
        self.executable.union_with(&other.executable);
        unite_sets(&mut self.hits, other.hits);

        let key = |it: &Function| (it.line, it.name.clone());
        let ordinals = unite(
            &mut self.functions,
            other.functions,
            key,
            |it| &mut it.ordinal,
            |own, other| {
                own.last = own.last.max(other.last);
            },
        );
        unite_sets(&mut self.entered, renumbered(&other.entered, &ordinals));
        let entered = count_owners(&self.entered);
        for function in &mut self.functions {
            function.processes = entered.get(&function.ordinal).copied().unwrap_or(0);
        }
        self.functions.sort_by(|a, b| (a.line, &a.name).cmp(&(b.line, &b.name)));

        let key = |it: &Branch| (it.line, it.jump, it.way);
        let ordinals = unite(&mut self.branches, other.branches, key, |it| &mut it.ordinal, |_, _| ());
        unite_sets(&mut self.taken, renumbered(&other.taken, &ordinals));
        self.branches.sort_by_key(key);
    }
}

fn all(sets: &OwnedSets) -> NumberSet {
    sets.iter().fold(NumberSet::default(), |all, (_, set)| union(&all, set))
}

fn union(one: &NumberSet, other: &NumberSet) -> NumberSet {
    let mut union = one.clone();
    union.union_with(other);
    union
}

/// Adds those of `others` that have another key, with new ordinals. Gives the new ordinal for each of the
/// others' own.
fn unite<T, K: Hash + Eq>(
    items: &mut Vec<T>,
    others: Vec<T>,
    key: impl Fn(&T) -> K,
    ordinal: impl Fn(&mut T) -> &mut u32,
    merge: impl Fn(&mut T, &T),
) -> HashMap<u32, u32> {
    let mut places: HashMap<K, usize> = items.iter().map(&key).zip(0..).collect();
    let mut next = items.iter_mut().map(|item| *ordinal(item) + 1).max().unwrap_or(0);
    let mut ordinals = HashMap::new();
    for mut other in others {
        let before = *ordinal(&mut other);
        let now = match places.get(&key(&other)) {
            Some(place) => {
                merge(&mut items[*place], &other);
                *ordinal(&mut items[*place])
            }
            None => {
                *ordinal(&mut other) = next;
                places.insert(key(&other), items.len());
                items.push(other);
                next += 1;
                next - 1
            }
        };
        ordinals.insert(before, now);
    }
    ordinals
}

fn renumbered(sets: &OwnedSets, ordinals: &HashMap<u32, u32>) -> OwnedSets {
    let renumbered = |set: &NumberSet| set.iter().filter_map(|it| ordinals.get(&it).copied()).collect();
    sets.iter().map(|(owner, set)| (*owner, Rc::new(renumbered(set)))).collect()
}

/// Unites the sets of each owner.
fn unite_sets(sets: &mut OwnedSets, others: OwnedSets) {
    let mut united: BTreeMap<usize, Rc<NumberSet>> = std::mem::take(sets).into_iter().collect();
    for (owner, set) in others {
        let both = united.get(&owner).map(|own| Rc::new(union(own, &set)));
        united.insert(owner, both.unwrap_or(set));
    }
    sets.extend(united);
}
