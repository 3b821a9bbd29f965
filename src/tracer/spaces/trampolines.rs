//! The detours of one address space.

use crate::ptrace::{Memory, Result};
use crate::tracer::detours::{Copies, Detours, Whereabouts};
use crate::tracer::sites::{At, Mapping, ObjectId};
use crate::tracer::spaces::module_breakpoints::Planting;
use crate::tracer::spaces::space::Space;

impl Space {
    /// Where a task is that runs the copy of a block, and its last site.
    pub fn whereabouts(&self, address: u64) -> Option<(At, Whereabouts)> {
        self.plantings.iter().find_map(|planting| {
            let found = planting.whereabouts(address)?;
            Some((planting.at(found.site), found))
        })
    }

    /// Is it time to take the detours of the object at `at`: after so many stops?
    pub fn wants_detours(&self, at: At, stops: u32) -> bool {
        self.index(at.address).is_some_and(|index| self.plantings[index].wants_detours(stops))
    }

    /// A site of each object whose detours are to be taken for children to come.
    pub fn wanted_for_children(&self) -> Vec<At> {
        let wanted = self.plantings.iter().filter(|planting| planting.wants_detours_for_children());
        wanted.map(|planting| planting.at(0)).collect()
    }

    /// The detours of the object at `at`.
    pub fn detours(&self, at: At) -> Option<(&Detours, &Mapping)> {
        let mapping = &self.plantings[self.index(at.address)?].mapping;
        Some((mapping.sites.detours.as_ref()?, mapping))
    }

    /// The detours of the object at `at` are taken, to copies that are written to where there is room.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn take_detours(&mut self, memory: &Memory, at: At, copies: Copies) -> Result<()> {
        let Some(planting) = self.planting_mut(at) else { return Ok(()) };
        let (object, bias) = (planting.mapping.object, planting.mapping.bias);
        let taken = planting.take_detours(memory, copies);
        if self.copies_at(at).is_none() {
            self.copies.push((object, bias, copies));
        }
        taken
    }

    /// The copies that there are already of the object at `at`: it was there before, and has come back.
    pub fn copies_at(&self, at: At) -> Option<Copies> {
        let mapping = &self.plantings[self.index(at.address)?].mapping;
        let is_same =
            |&&(object, bias, _): &&(ObjectId, u64, Copies)| (object, bias) == (mapping.object, mapping.bias);
        self.copies.iter().find(is_same).map(|(.., copies)| *copies)
    }

    /// Is there room for the copies of one object more? They stay when it goes.
    pub fn has_room_for_copies(&self) -> bool {
        const MOST: usize = 64;
        self.copies.len() < MOST
    }

    /// Are detours taken in it?
    pub fn has_detours(&self) -> bool {
        self.plantings.iter().any(Planting::has_detours)
    }

    /// No detours are taken any more.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn leave_detours(&mut self, memory: &Memory, is_hit: impl Fn(At) -> bool) -> Result<()> {
        self.plantings.iter_mut().try_for_each(|planting| planting.leave_detours(memory, &is_hit))
    }

    /// Detours may be taken: the space is the copy of one, and one task is in it.
    pub fn renew_detours(&mut self) {
        self.plantings.iter_mut().for_each(Planting::renew);
    }

    /// Puts the program's own code back where there are detours, at those sites of each object that are `hot`.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn lift_detours(&mut self, memory: &Memory, hot: impl Fn(ObjectId) -> Vec<usize>) -> Result<()> {
        self.plantings.iter_mut().filter(|planting| planting.has_copies()).try_for_each(|planting| {
            let mut sites = hot(planting.mapping.object);
            sites.retain(|site| planting.detouring.taken[*site]);
            planting.lift_all(memory, sites)
        })
    }

    /// The site at `at` takes no detour any more.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn bar(&mut self, memory: &Memory, at: At, is_hit: bool) -> Result<()> {
        match self.planting_mut(at) {
            Some(planting) => planting.bar(memory, at.site, is_hit),
            None => Ok(()),
        }
    }

    /// No detour may stand over the code at `address`.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn bar_over(&mut self, memory: &Memory, address: u64) -> Result<()> {
        match self.index(address) {
            Some(index) => self.plantings[index].bar_over(memory, address),
            None => Ok(()),
        }
    }
}
