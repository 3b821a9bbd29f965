//! Places for springboards: the long jumps to which the short jumps of short blocks lead.
//!
//! A springboard stands where no task runs: in padding behind a jump or return, or in the code of a host. A
//! host is a block whose copy has more code than its own jump replaces: the rest is dead as long as that jump
//! is in place. The copy of a host is extended for that, up to the end of its block.
//!
//! A program that copies code of its own copies whole functions, with what is inserted there. So a
//! springboard is in the function of its block, at best within the bounds of the symbol.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

use super::planned::{Plan, PlannedEntrance};
use super::planner::Planner;
use super::{JUMP_LENGTH, SHORT_JUMP_LENGTH};

const LENGTH: u64 = JUMP_LENGTH as u64;
/// Longer padding is cut off.
const MAX_PADDING: u64 = 64;
/// How far a short jump reaches from its end: the range of its 1-byte distance.
const BACKWARD: u64 = 1 << 7;
const FORWARD: u64 = (1 << 7) - 1;

/// Code that no task runs.
#[derive(Debug, Clone, Copy)]
struct Dead {
    end: u64,
    /// The index of the host; `None` for padding.
    host: Option<usize>,
    /// Is it padding behind the end of a function?
    is_behind_function: bool,
}

/// All such code with room for a springboard, by its start.
#[derive(Debug, Default)]
struct Room(BTreeMap<u64, Dead>);

/// Gives each short jump in `plans`, which ascend, a springboard in its reach, if there is room for one.
pub(super) fn assign_springboards(planner: &Planner, plans: &mut [Plan]) {
    let is_without = |plan: &Plan| plan.entrance == PlannedEntrance::ShortJump(None);
    let depths = loop_depths(planner, plans);
    let mut room = Room::default();
    room.add_padding(planner, plans);
    room.add_hosts(plans, |host| host.jump_end()..host.limits.end);
    for index in 0..plans.len() {
        if is_without(&plans[index])
            && let Some((address, host)) = room.take(index, planner, plans, &depths)
        {
            plans[index].entrance = PlannedEntrance::ShortJump(Some(address));
            if let Some(host) = host {
                plans[host].copied.end = plans[host].copied.end.max(address + LENGTH);
            }
        }
    }
    // The jumps of hosts can begin earlier, and leave more behind.
    let mut room = Room::default();
    room.add_hosts(plans, |host| host.limits.start + LENGTH..host.jump_end().min(host.copied.end));
    for index in 0..plans.len() {
        if is_without(&plans[index])
            && let Some((address, Some(host))) = room.take(index, planner, plans, &depths)
        {
            plans[index].entrance = PlannedEntrance::ShortJump(Some(address));
            plans[host].copied.start = plans[host].limits.start;
        }
    }
}

impl Room {
    fn add(&mut self, start: u64, dead: Dead) {
        if dead.end >= start + LENGTH {
            self.0.insert(start, dead);
        }
    }

    /// Adds code of each host.
    fn add_hosts(&mut self, plans: &[Plan], code: impl Fn(&Plan) -> Range<u64>) {
        for (index, plan) in plans.iter().enumerate() {
            if plan.entrance == PlannedEntrance::Jump {
                let Range { start, end } = code(plan);
                self.add(start, Dead { end, host: Some(index), is_behind_function: false });
            }
        }
    }

    fn add_padding(&mut self, planner: &Planner, plans: &[Plan]) {
        let mut end = 0;
        for start in planner.leaders.islands() {
            if start < end || planner.is_apart(start) {
                continue;
            }
            end = planner.padding_end(start, MAX_PADDING);
            // The jump of the block before it can need some of it.
            let before = plans.partition_point(|plan| plan.copied.start < start).checked_sub(1);
            let taken = before.map_or(0, |before| plans[before].jump_end());
            let is_behind_function = !planner.code.is_in_function(start);
            self.add(start.max(taken), Dead { end, host: None, is_behind_function });
        }
    }

    /// A place for the springboard of the plan at `index`, and the host.
    fn take(
        &mut self,
        index: usize,
        planner: &Planner,
        plans: &[Plan],
        depths: &[u32],
    ) -> Option<(u64, Option<usize>)> {
        let start = plans[index].copied.start;
        let from = start + SHORT_JUMP_LENGTH as u64;
        let (first, last) = (from.saturating_sub(BACKWARD), from + FORWARD);
        let near = self.0.range(..=last).rev().take_while(|(_, dead)| dead.end >= first + LENGTH);
        let places = near.map(|(&start, &dead)| (start, start.max(first), dead));
        let fits = |&(_, place, dead): &(u64, u64, Dead)| {
            place + LENGTH <= dead.end && planner.leaders.are_in_one_part(place, start)
        };
        // Padding depends on no host. The jump of a host that runs more often than the block is removed when
        // that has not run yet. A host's copy had better not become longer.
        let preference = |&(_, place, dead): &(u64, u64, Dead)| match dead.host {
            None if !dead.is_behind_function => 0,
            Some(host) if depths[host] > depths[index] => 4,
            Some(host) if place + LENGTH <= plans[host].copied.end => 1,
            Some(_) => 2,
            None => 3,
        };
        let (start, place, dead) = places.filter(fits).min_by_key(preference)?;
        self.0.remove(&start);
        self.add(start, Dead { end: place, ..dead });
        self.add(place + LENGTH, dead);
        Some((place, dead.host))
    }
}

/// In how many loops each plan is, as far as the addresses of the jumps back show.
fn loop_depths(planner: &Planner, plans: &[Plan]) -> Vec<u32> {
    let mut ends = BinaryHeap::new();
    let mut jumps = planner.leaders.jumps_back().peekable();
    let depth = |plan: &Plan| {
        let start = plan.copied.start;
        while let Some((_, end)) = jumps.next_if(|jump| jump.0 <= start) {
            ends.push(Reverse(end));
        }
        while ends.peek().is_some_and(|end: &Reverse<u64>| end.0 < start) {
            ends.pop();
        }
        ends.len() as u32
    };
    plans.iter().map(depth).collect()
}
