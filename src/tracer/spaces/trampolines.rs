//! The detours of one address space.

use crate::machine::{OriginalPc, OutOfLineCode, Trampolines};
use crate::ptrace::{Memory, Result};
use crate::tracer::sites::{Mapping, ObjectId, SiteRef};
use crate::tracer::spaces::module_breakpoints::ModuleBreakpoints;
use crate::tracer::spaces::space::Space;

impl Space {
    /// Where a task is that runs the copy of a block, and its last site.
    pub fn whereabouts(&self, address: u64) -> Option<(SiteRef, OriginalPc)> {
        self.modules.iter().find_map(|module| {
            let found = module.whereabouts(address)?;
            Some((module.at(found.site), found))
        })
    }

    /// Is it time to take the detours of the object at `at`: after so many stops?
    pub fn wants_detours(&self, at: SiteRef, stops: u32) -> bool {
        self.index(at.address).is_some_and(|index| self.modules[index].wants_detours(stops))
    }

    /// A site of each object whose detours are to be taken for children to come.
    pub fn wanted_for_children(&self) -> Vec<SiteRef> {
        let wanted = self.modules.iter().filter(|module| module.wants_detours_for_children());
        wanted.map(|module| module.at(0)).collect()
    }

    /// The detours of the object at `at`.
    pub fn detours(&self, at: SiteRef) -> Option<(&Trampolines, &Mapping)> {
        let mapping = &self.modules[self.index(at.address)?].mapping;
        Some((mapping.sites.trampolines.as_ref()?, mapping))
    }

    /// The detours of the object at `at` are taken, to copies that are written to where there is room.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn take_detours(&mut self, memory: &Memory, at: SiteRef, copies: OutOfLineCode) -> Result<()> {
        let Some(module) = self.module_mut(at) else { return Ok(()) };
        let (object, bias) = (module.mapping.object, module.mapping.bias);
        let taken = module.take_detours(memory, copies);
        if self.copies_at(at).is_none() {
            self.copies.push((object, bias, copies));
        }
        taken
    }

    /// The copies that there are already of the object at `at`: it was there before, and has come back.
    pub fn copies_at(&self, at: SiteRef) -> Option<OutOfLineCode> {
        let mapping = &self.modules[self.index(at.address)?].mapping;
        let is_same = |&&(object, bias, _): &&(ObjectId, u64, OutOfLineCode)| {
            (object, bias) == (mapping.object, mapping.bias)
        };
        self.copies.iter().find(is_same).map(|(.., copies)| *copies)
    }

    /// Is there room for the copies of one object more? They stay when it goes.
    pub fn has_room_for_copies(&self) -> bool {
        const MOST: usize = 64;
        self.copies.len() < MOST
    }

    /// Are detours taken in it?
    pub fn has_detours(&self) -> bool {
        self.modules.iter().any(ModuleBreakpoints::has_detours)
    }

    /// No detours are taken any more.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn leave_detours(&mut self, memory: &Memory, is_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        self.modules.iter_mut().try_for_each(|module| module.leave_detours(memory, &is_hit))
    }

    /// Detours may be taken: the space is the copy of one, and one task is in it.
    pub fn renew_detours(&mut self) {
        self.modules.iter_mut().for_each(ModuleBreakpoints::renew);
    }

    /// Puts the program's own code back where there are detours, at those sites of each object that are `hot`.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn lift_detours(&mut self, memory: &Memory, hot: impl Fn(ObjectId) -> Vec<usize>) -> Result<()> {
        self.modules.iter_mut().filter(|module| module.has_copies()).try_for_each(|module| {
            let mut sites = hot(module.mapping.object);
            sites.retain(|site| module.detouring.taken[*site]);
            module.remove_all(memory, sites)
        })
    }

    /// The site at `at` takes no detour any more.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn bar(&mut self, memory: &Memory, at: SiteRef, is_hit: bool) -> Result<()> {
        match self.module_mut(at) {
            Some(module) => module.bar(memory, at.site, is_hit),
            None => Ok(()),
        }
    }

    /// No detour may stand over the code at `address`.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn bar_over(&mut self, memory: &Memory, address: u64) -> Result<()> {
        match self.index(address) {
            Some(index) => self.modules[index].bar_over(memory, address),
            None => Ok(()),
        }
    }
}
