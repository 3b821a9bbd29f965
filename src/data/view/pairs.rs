//! Hits by process and hits by context, of a view that has both at once.

use super::View;
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use std::rc::Rc;

/// What each owner ran: its index, and a set. Ascending by owner.
pub type OwnedSets = Vec<(usize, Rc<NumberSet>)>;

/// What each of [`View::contexts`] ran in a file.
#[derive(Debug, Default)]
pub struct HitsByContext {
    /// As [`SourceFile::hits`](super::SourceFile::hits).
    pub lines: OwnedSets,
    /// As [`SourceFile::taken`](super::SourceFile::taken).
    pub taken: OwnedSets,
}

impl View {
    /// A view with hits by [`Pair`](super::HitsBy::Pair), as one with hits by process; and what each context
    /// ran in each of [`View::files`].
    pub fn by_process_and_context(mut self) -> (Self, Vec<HitsByContext>) {
        let pairs = std::mem::take(&mut self.pairs);
        let process_of = |pair: usize| Some(pairs[pair].0);
        let mut of_contexts = Vec::with_capacity(self.files.len());
        for file in &mut self.files {
            let context_of = |pair: usize| pairs[pair].1;
            let (lines, taken) = (by_owner(&file.hits, context_of), by_owner(&file.taken, context_of));
            of_contexts.push(HitsByContext { lines, taken });
            for sets in [&mut file.hits, &mut file.entered, &mut file.taken] {
                *sets = by_owner(sets, process_of);
            }
            let entered = count_owners(&file.entered);
            for function in &mut file.functions {
                function.processes = entered.get(&function.ordinal).copied().unwrap_or(0);
            }
        }
        (self, of_contexts)
    }
}

/// The sets of other owners, united. Those without one are left out.
fn by_owner(sets: &OwnedSets, owner_of: impl Fn(usize) -> Option<usize>) -> OwnedSets {
    let owned = sets.iter().filter_map(|(pair, set)| Some((owner_of(*pair)?, set)));
    let mut owned: Vec<(usize, &Rc<NumberSet>)> = owned.collect();
    owned.sort_by_key(|(owner, _)| *owner);
    let mut unions: HashMap<Vec<*const NumberSet>, Rc<NumberSet>> = HashMap::new();
    let of_owners = owned.chunk_by(|one, next| one.0 == next.0);
    of_owners.map(|of_owner| (of_owner[0].0, union(of_owner, &mut unions))).collect()
}

/// One set for all owners that have the same sets: reports walk it once.
fn union(
    of_owner: &[(usize, &Rc<NumberSet>)],
    unions: &mut HashMap<Vec<*const NumberSet>, Rc<NumberSet>>,
) -> Rc<NumberSet> {
    let mut sets: Vec<&Rc<NumberSet>> = of_owner.iter().map(|(_, set)| *set).collect();
    sets.sort_by_key(|set| Rc::as_ptr(set));
    sets.dedup_by_key(|set| Rc::as_ptr(set));
    if let [only] = sets[..] {
        return Rc::clone(only);
    }
    let key = sets.iter().map(|set| Rc::as_ptr(set)).collect();
    let unite = || {
        let mut union = NumberSet::default();
        sets.iter().for_each(|set| union.union_with(set));
        Rc::new(union)
    };
    Rc::clone(unions.entry(key).or_insert_with(unite))
}

/// How many owners have each number.
pub(super) fn count_owners(sets: &[(usize, Rc<NumberSet>)]) -> HashMap<u32, usize> {
    let mut sharers: HashMap<*const NumberSet, (&NumberSet, usize)> = HashMap::new();
    for (_, set) in sets {
        sharers.entry(Rc::as_ptr(set)).or_insert((set, 0)).1 += 1;
    }
    let mut counts = HashMap::new();
    for (set, owners) in sharers.into_values() {
        set.iter().for_each(|number| *counts.entry(number).or_insert(0) += owners);
    }
    counts
}
