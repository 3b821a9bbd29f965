//! Jumps with edges, and the trampolines that they need.
//!
//! A block is needed until it has run. A jump with edges is needed until it has gone each way, which may
//! never be. A short one may have its springboard in the code of a host, and others are reached from other
//! copies only. So these trampolines stay, however often they count. Where they are missing, since they
//! were removed before, or could not be inserted while other tasks ran, they are inserted again when the
//! breakpoint of the jump has stopped tasks often. Else it would stop a loop at each turn.

use super::code_memory::CodeMemory;
use super::installed_trampolines::InstalledTrampolines;
use super::module_breakpoints::ModuleBreakpoints;
use super::opened::OpenedSpace;
use super::space::Space;
use crate::machine::Entrance;
use crate::ptrace::Result;
use crate::tracer::sites::SiteRef;
use fixedbitset::FixedBitSet;
use std::sync::Arc;

impl ModuleBreakpoints {
    /// The sites whose jumps are needed by those with edges that have run, and have not gone each way, as the
    /// counters of a process say.
    pub(super) fn supports(&self, installed: InstalledTrampolines<'_>, counts: &[u16]) -> FixedBitSet {
        let sites = &self.mapping.sites;
        let count = |unit: usize| counts.get(unit).copied().unwrap_or(0);
        let lacks_edge = |site: &usize| {
            self.inserted[*site] && count(*site) > 0 && sites.edges_of(*site).any(|edge| count(edge) == 0)
        };
        let jumps = sites.edges.jumps.iter().map(|jump| jump.site as usize);
        installed.supports_of(jumps.filter(lacks_edge).collect())
    }

    /// A task has stopped at a jump whose breakpoint stays.
    fn note_stay(&mut self, site: usize) {
        self.count_stop();
        *self.trampolines.stays.entry(site).or_default() += 1;
    }

    /// Is it time to insert the jump to the trampoline of this site again, as tasks have stopped often at its
    /// breakpoint: so many times, and again each time when they have stopped twice as often? Not where the
    /// breakpoint has just been removed, since each edge has been taken.
    fn wants_jump_again(&self, site: usize, stops: u32) -> bool {
        let stays = self.trampolines.stays.get(&site).copied().unwrap_or(0);
        stays >= stops
            && stays.is_power_of_two()
            && self.inserted[site]
            && self.has_trampolines()
            && !self.has_jump(site)
            && !self.trampolines.forbidden[site]
            && self.mapping.sites.trampoline(site).is_some()
    }

    /// Inserts the jump for a site again, with those that it needs.
    fn insert_jump_again(&mut self, memory: CodeMemory<'_>, site: usize) -> Result<()> {
        let sites = Arc::clone(&self.mapping.sites);
        let Some(installed) = InstalledTrampolines::of(&sites, self.trampolines.code, self.mapping.bias)
        else {
            return Ok(());
        };
        let mut needed = installed.supports_of(vec![site]);
        needed.insert(site);
        let is_entered =
            |it: usize| sites.trampoline(it).is_some_and(|entry| entry.entrance != Entrance::Copies);
        let is_missing = |it: &usize| *it == site || (is_entered(*it) && !self.has_jump(*it));
        let missing = needed.ones().filter(is_missing).collect();
        self.by_runs(missing, |module, run| module.insert_run(memory, run))
    }
}

impl Space {
    /// Is the site at `at` a jump with edges?
    pub fn has_edges(&self, at: SiteRef) -> bool {
        self.mapping(at).is_some_and(|mapping| mapping.sites.edges.jump(at.site).is_some())
    }

    /// Is the jump to the trampoline at `at` to be inserted again, as the breakpoint there has stopped tasks
    /// so many times?
    pub fn wants_jump_again(&self, at: SiteRef, stops: u32) -> bool {
        self.index(at.address).is_some_and(|index| self.modules[index].wants_jump_again(at.site, stops))
    }
}

impl OpenedSpace<'_> {
    /// A task has stopped at a jump whose breakpoint stays.
    pub fn note_stay(&mut self, at: SiteRef) {
        self.space.module_mut(at).into_iter().for_each(|module| module.note_stay(at.site));
    }

    /// Inserts the jump to the trampoline at `at` again, with those that it needs.
    pub fn insert_jump_again(&mut self, at: SiteRef) -> Result<()> {
        let memory = self.memory;
        self.space.module_mut(at).map_or(Ok(()), |module| module.insert_jump_again(memory, at.site))
    }

    /// Is the jump at `at` needed by another one that lacks an edge, as the counters of the object say? They
    /// are read only if there are edges.
    pub fn is_support(&mut self, at: SiteRef, counts: impl FnOnce() -> Vec<u16>) -> bool {
        let Some(module) = self.space.module_mut(at) else { return false };
        let sites = Arc::clone(&module.mapping.sites);
        if sites.edges.jumps.is_empty() {
            return false;
        }
        let installed = InstalledTrampolines::of(&sites, module.trampolines.code, module.mapping.bias);
        installed.is_some_and(|installed| module.supports(installed, &counts())[at.site])
    }

    /// No jump may be inserted for now that has one of these addresses inside it, at which tasks are. Gives
    /// the sites whose trampolines are forbidden by that.
    pub fn avoid(&mut self, places: Vec<u64>) -> Result<Vec<SiteRef>> {
        let mut avoided = Vec::new();
        for place in places {
            let over = self.space.modules.iter().find_map(|module| module.trampoline_over(place));
            let is_forbidden =
                |module: &mut ModuleBreakpoints, at: SiteRef| module.trampolines.forbidden[at.site];
            let is_new =
                |at: &SiteRef| !self.space.module_mut(*at).is_some_and(|module| is_forbidden(module, *at));
            let over = over.filter(is_new);
            self.forbid_trampoline_inside(place)?;
            avoided.extend(over);
        }
        Ok(avoided)
    }

    /// The tasks that were at these sites will be elsewhere.
    pub fn permit(&mut self, avoided: Vec<SiteRef>) {
        for at in avoided {
            let module = self.space.module_mut(at);
            module.into_iter().for_each(|module| module.trampolines.forbidden.remove(at.site));
        }
    }
}
