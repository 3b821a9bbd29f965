//! Branches with more than two ways: which jumps of a line a compiler has made of one `switch`.
//!
//! A jump through a table and the check of its bounds are one branch. So are conditional jumps that lead
//! directly into each other, are of the same place in the line as all code in between, and depend on the same
//! value and on constants only, if they lead to three places or more, and not around a loop. With two places,
//! they may as well be `a == 1 || a == 2`, which has that form if a macro contains it.
//!
//! Two jumps that decide whether floating-point numbers are equal are one branch with two ways.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use iced_x86::{FlowControl, InstructionInfoFactory, OpAccess, OpKind, Register};

use super::values::{Value, Values};
use super::{Leaders, decode};
use crate::machine::{BranchJump, BranchPart};

/// At most so many instructions are between two jumps of a `switch`.
const MOST_BETWEEN: usize = 16;
/// Jumps that stand alone between them are followed so often.
const MOST_HOPS: usize = 4;

/// Where a jump leads, on one of its ways.
#[derive(Debug, Clone, Copy)]
struct Lead {
    /// Where the code begins, behind jumps that do nothing else.
    to: u64,
    /// The jump to which that code leads directly: its index.
    next: Option<usize>,
}

/// The jumps of a line, while those are looked for that belong together.
struct Search<'l, 'b, 'c> {
    leaders: &'l Leaders<'b, 'c>,
    jumps: &'l [&'l BranchJump],
    /// Is the code at two addresses of the same place in a line? The line table is that of a jump.
    are_beside: &'l dyn Fn(usize, u64, u64) -> bool,
    by_address: HashMap<u64, usize>,
    leads: Vec<Vec<Lead>>,
    /// The first jump of the branch of each, as far as that is known.
    first: Vec<usize>,
}

impl Leaders<'_, '_> {
    /// The branches that the `jumps` of a line are, which ascend. `are_beside` says of the jump with an index
    /// whether the code at two addresses is of the same place in a line there.
    pub(crate) fn branches(
        &self,
        jumps: &[&BranchJump],
        are_beside: &dyn Fn(usize, u64, u64) -> bool,
    ) -> Vec<BranchPart> {
        let by_address = jumps.iter().enumerate().map(|(index, jump)| (jump.address, index)).collect();
        let first = (0..jumps.len()).collect();
        let mut search = Search { leaders: self, jumps, are_beside, by_address, leads: Vec::new(), first };
        search.find_leads();
        search.join();
        search.parts()
    }
}

impl Search<'_, '_, '_> {
    fn is_table(&self, jump: usize) -> bool {
        self.leaders.table_jump_at(self.jumps[jump].address).is_some()
    }

    fn find_leads(&mut self) {
        self.leads = (0..self.jumps.len()).map(|jump| self.leads_of(jump)).collect();
        for (index, jump) in self.jumps.iter().enumerate() {
            let Some(table) = self.leaders.table_jump_at(jump.address) else { continue };
            let Some(check) = table.check.and_then(|check| self.by_address.get(&check).copied()) else {
                continue;
            };
            let start = self.leaders.run_start(jump.address);
            for lead in self.leads[check].iter_mut().filter(|lead| lead.to == start) {
                lead.next = Some(index);
            }
        }
    }

    fn leads_of(&self, jump: usize) -> Vec<Lead> {
        let is_table = self.is_table(jump);
        let lead = |&target: &u64| {
            let to = if is_table { target } else { self.behind_jumps(jump, target) };
            Lead { to, next: if is_table { None } else { self.next_jump(jump, to) } }
        };
        self.jumps[jump].targets.iter().map(lead).collect()
    }

    /// Where the code at `address` leads if it is nothing but a jump: of the `switch` itself, or of the code
    /// to which it leads.
    fn behind_jumps(&self, jump: usize, mut address: u64) -> u64 {
        for _ in 0..MOST_HOPS {
            let Some(instruction) = decode(self.leaders.code, address).next() else { break };
            let is_jump = instruction.flow_control() == FlowControl::UnconditionalBranch
                && instruction.op0_kind() == OpKind::NearBranch64;
            let target = instruction.near_branch_target();
            let is_beside = |other| (self.are_beside)(jump, address, other);
            if !is_jump || !(is_beside(self.jumps[jump].address) || is_beside(target)) {
                break;
            }
            address = target;
        }
        address
    }

    /// The conditional jump to which the code at `address` leads without an effect in between.
    fn next_jump(&self, jump: usize, address: u64) -> Option<usize> {
        let mut factory = InstructionInfoFactory::new();
        for instruction in decode(self.leaders.code, address).take(MOST_BETWEEN) {
            if !(self.are_beside)(jump, self.jumps[jump].address, instruction.ip()) {
                return None;
            }
            if let Some(&next) = self.by_address.get(&instruction.ip()) {
                return Some(next).filter(|next| !self.is_table(*next));
            }
            let info = factory.info(&instruction);
            let writes =
                |access| !matches!(access, OpAccess::Read | OpAccess::CondRead | OpAccess::NoMemAccess);
            let has_effect = instruction.is_invalid()
                || instruction.flow_control() != FlowControl::Next
                || info.used_memory().iter().any(|used| writes(used.access()))
                || info
                    .used_registers()
                    .iter()
                    .any(|used| used.register().full_register() == Register::RSP && writes(used.access()));
            if has_effect {
                return None;
            }
        }
        None
    }

    /// Joins the jumps that belong together.
    fn join(&mut self) {
        let mut has_other = vec![false; self.jumps.len()];
        for lead in self.leads.iter().flatten() {
            if let Some(next) = lead.next {
                has_other[next] = true;
            }
        }
        let mut is_done = vec![false; self.jumps.len()];
        let heads = (0..self.jumps.len()).filter(|&jump| !has_other[jump]);
        let heads: Vec<usize> = heads.chain(0..self.jumps.len()).collect();
        let mut factory = InstructionInfoFactory::new();
        for head in heads {
            let mut pending = vec![(head, self.leaders.run_start(self.jumps[head].address), None)];
            while let Some((jump, start, before)) = pending.pop() {
                if before.is_none() && std::mem::replace(&mut is_done[jump], true) {
                    continue;
                }
                let (from, mut values): (Option<(usize, Value)>, Values) = before.unwrap_or_default();
                if self.is_table(jump) {
                    self.unite(from.map_or(jump, |from| from.0), jump);
                    continue;
                }
                let address = self.jumps[jump].address;
                for instruction in decode(self.leaders.code, start).take_while(|it| it.ip() < address) {
                    values.step(&instruction, &mut factory);
                }
                let value = values.of_flags();
                if let Some((before, compared)) = from {
                    if compared != value || value == Value::Constant {
                        // It decides by something else.
                        continue;
                    }
                    self.unite(before, jump);
                    if std::mem::replace(&mut is_done[jump], true) {
                        continue;
                    }
                }
                for Lead { to, next } in &self.leads[jump] {
                    let next = next.map(|next| (next, *to, Some((Some((jump, value)), values.clone()))));
                    pending.extend(next);
                }
            }
        }
    }

    /// Makes the branches of two jumps one.
    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first[one], self.first[other]);
        let (low, high) = (one.min(other), one.max(other));
        self.first.iter_mut().filter(|first| **first == high).for_each(|first| *first = low);
    }

    /// For each jump of a pair that decides whether floating-point numbers are equal, the pair.
    fn pairs(&self) -> Vec<Option<[usize; 2]>> {
        let mut pairs = vec![None; self.jumps.len()];
        for first in 0..self.jumps.len() {
            let mut leads = self.leads[first].iter().filter_map(|lead| Some((lead.to, lead.next?)));
            let second = leads.find(|(from, second)| {
                self.leaders.compare_floats(self.jumps[first], *from, self.jumps[*second])
            });
            let is_free = |second: usize| {
                let groups = [first, second].map(|jump| self.first[jump]);
                let mut others = (0..self.jumps.len()).filter(|it| *it != first && *it != second);
                first != second
                    && pairs[first].is_none()
                    && pairs[second].is_none()
                    && others.all(|it| !groups.contains(&self.first[it]))
            };
            let Some((_, second)) = second.filter(|(_, second)| is_free(*second)) else { continue };
            let is_other = |lead: &&Lead| lead.next != Some(second);
            let mut others = self.leads[first].iter().filter(is_other);
            // One way is that of two jumps.
            if others.all(|lead| self.leads[second].iter().any(|it| it.to == lead.to)) {
                pairs[first] = Some([first, second]);
                pairs[second] = Some([first, second]);
            }
        }
        pairs
    }

    /// The ways that the targets of a jump are in a branch of this pair: those of the second jump.
    fn ways_of_pair(&self, [first, second]: [usize; 2], jump: usize) -> Vec<Option<u32>> {
        let way = |lead: &Lead| {
            let found = self.leads[second].iter().position(|it| it.to == lead.to);
            found.and_then(|way| u32::try_from(way).ok())
        };
        let leads = self.leads[jump].iter();
        leads.map(|lead| way(lead).filter(|_| jump != first || lead.next != Some(second))).collect()
    }

    /// The parts of all jumps in the branches.
    fn parts(&self) -> Vec<BranchPart> {
        let mut branches: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (jump, first) in self.first.iter().enumerate() {
            branches.entry(*first).or_default().push(jump);
        }
        let mut parts: Vec<BranchPart> = Vec::with_capacity(self.jumps.len());
        for (jump, pair) in self.pairs().into_iter().enumerate() {
            let first = self.first[jump];
            let ends = |jump: usize| {
                let leads = self.leads[jump].iter();
                leads.filter(|lead| !self.is_inside(first, lead)).map(|lead| lead.to)
            };
            let mut ways: Vec<u64> = branches[&first].iter().flat_map(|jump| ends(*jump)).collect();
            ways.sort_unstable();
            ways.dedup();
            let has_table = branches[&first].iter().any(|jump| self.is_table(*jump));
            let is_switch = if has_table {
                ways.len() > 1
            } else {
                ways.len() > 2 && !branches[&first].iter().any(|jump| self.is_in_loop(*jump))
            };
            parts.push(if is_switch {
                let way = |lead: &Lead| {
                    let way = ways.binary_search(&lead.to).ok()?;
                    u32::try_from(way).ok().filter(|_| !self.is_inside(first, lead))
                };
                BranchPart { first, ways: self.leads[jump].iter().map(way).collect() }
            } else if let Some(pair) = pair {
                BranchPart { first: pair[0].min(pair[1]), ways: self.ways_of_pair(pair, jump) }
            } else if self.is_table(jump) {
                BranchPart { first: jump, ways: vec![None; self.leads[jump].len()] }
            } else {
                BranchPart { first: jump, ways: vec![Some(0), Some(1)] }
            });
        }
        parts
    }

    /// Can a task come from a jump back to it without leaving the branch?
    fn is_in_loop(&self, jump: usize) -> bool {
        let inside = |lead: &&Lead| self.is_inside(self.first[jump], lead);
        let next = |jump: usize| self.leads[jump].iter().filter(inside).filter_map(|lead| lead.next);
        let (mut pending, mut is_seen): (Vec<usize>, _) =
            (next(jump).collect(), vec![false; self.jumps.len()]);
        while let Some(other) = pending.pop() {
            if other == jump {
                return true;
            }
            if !std::mem::replace(&mut is_seen[other], true) {
                pending.extend(next(other));
            }
        }
        false
    }

    /// Does it lead to another jump of the same branch?
    fn is_inside(&self, first: usize, lead: &Lead) -> bool {
        lead.next.is_some_and(|next| self.first[next] == first)
    }
}
