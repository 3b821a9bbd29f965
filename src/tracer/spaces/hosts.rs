//! Hosts in an address space in which several tasks run.
//!
//! A host is a block whose jump makes more code free than it replaces, with springboards of other blocks in
//! that. A task that has taken a short jump to a springboard may be there, and would find the code of the
//! host when that is written back. So the jump of a host is kept at first. The short jumps that lead into its
//! code are removed; then each other task has to be seen elsewhere ([`crate::tracer::grace_period`]); then
//! nothing can be at a springboard any more, and the jump is removed like any other.

use super::code_memory::{CodeMemory, OtherTasks};
use super::installed_trampolines::InstalledTrampolines;
use super::module_breakpoints::ModuleBreakpoints;
use super::opened::OpenedSpace;
use super::space::Space;
use crate::ptrace::Result;
use crate::tracer::sites::SiteRef;

impl ModuleBreakpoints {
    /// Must the jump for a site stay for now, as another task may be at a springboard in the code that it
    /// makes free?
    pub(super) fn keeps_jump(
        &self,
        installed: InstalledTrampolines<'_>,
        others: OtherTasks,
        site: usize,
    ) -> bool {
        let is_used = |site: usize| self.has_jump(site) || self.trampolines.draining.contains(&site);
        others == OtherTasks::Running && installed.hosted_by(site).any(is_used)
    }

    /// See [`Self::keeps_jump`].
    pub(super) fn must_keep_jump(&self, others: OtherTasks, site: usize) -> bool {
        let sites = &self.mapping.sites;
        let installed = InstalledTrampolines::of(sites, self.trampolines.code, self.mapping.bias);
        installed.is_some_and(|installed| self.keeps_jump(installed, others, site))
    }

    /// Must a host's jump be removed before a task continues? Not if that only makes a loop quicker.
    fn must_remove_kept(&self) -> bool {
        let state = &self.trampolines;
        state.kept.iter().any(|(&site, &is_split)| state.is_disabled || state.forbidden[site] || is_split)
    }

    /// Removes the short jumps to springboards in the code of hosts that are kept. A site that has not been
    /// hit (`is_hit`) gets a breakpoint instead.
    pub(super) fn evict(&mut self, memory: CodeMemory<'_>, is_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        let sites = &self.mapping.sites;
        let Some(installed) = InstalledTrampolines::of(sites, self.trampolines.code, self.mapping.bias)
        else {
            return Ok(());
        };
        let hosted = self.trampolines.kept.keys().flat_map(|&host| installed.hosted_by(host));
        let mut hosted: Vec<usize> = hosted.filter(|&site| self.has_jump(site)).collect();
        hosted.sort_unstable();
        self.replace_jumps(memory, hosted, is_hit)
    }

    /// Removes the jumps of hosts that were kept. A site that has not been hit (`is_hit`) gets a breakpoint
    /// instead, or each site of its block, if that is split.
    pub(super) fn remove_kept(
        &mut self,
        memory: CodeMemory<'_>,
        is_hit: impl Fn(SiteRef) -> bool,
    ) -> Result<()> {
        let kept = std::mem::take(&mut self.trampolines.kept);
        let (split, whole): (Vec<_>, Vec<_>) = kept.into_iter().partition(|&(_, is_split)| is_split);
        split.into_iter().try_for_each(|(last, _)| self.split(memory, last))?;
        self.replace_jumps(memory, whole.into_iter().map(|(host, _)| host).collect(), is_hit)
    }
}

impl Space {
    /// Are there hosts whose jumps are to be removed?
    pub fn has_kept_hosts(&self) -> bool {
        self.modules.iter().any(|module| !module.trampolines.kept.is_empty())
    }

    /// Must that be done before a task continues?
    pub fn must_remove_kept_hosts(&self) -> bool {
        self.modules.iter().any(ModuleBreakpoints::must_remove_kept)
    }

    /// How many springboards may have a task at them, to which no jump leads any more.
    pub(super) fn draining(&self) -> usize {
        self.modules.iter().map(|module| module.trampolines.draining.len()).sum()
    }

    /// If there is a springboard at `address`, where the task would be in the original.
    pub fn before_springboard(&self, address: u64) -> Option<u64> {
        let module = self.modules.iter().find(|module| module.is_springboard(address))?;
        module.original_pc(address).map(|pc| pc.address)
    }

    /// The hosts that are kept stay.
    pub fn forget_kept_hosts(&mut self) {
        self.modules.iter_mut().for_each(|module| module.trampolines.kept.clear());
    }
}

impl OpenedSpace<'_> {
    /// Must the jump for a site stay for now, as another task may be at a springboard in its code?
    pub fn keeps_jump(&mut self, at: SiteRef) -> bool {
        let others = self.memory.others;
        self.space.module_mut(at).is_some_and(|module| module.must_keep_jump(others, at.site))
    }

    /// Removes the short jumps to springboards in the code of hosts that are kept. A site that is hit already
    /// (`is_hit`) gets nothing instead, others a breakpoint.
    pub fn evict(&mut self, is_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        let memory = self.memory;
        self.space.modules.iter_mut().try_for_each(|module| module.evict(memory, &is_hit))
    }

    /// No task is at a springboard any more to which no jump leads.
    pub fn note_drained(&mut self) {
        self.space.modules.iter_mut().for_each(|module| module.trampolines.draining.clear());
    }

    /// Removes the jumps of the hosts that were kept. A site that is hit already (`is_hit`) gets nothing
    /// instead, others a breakpoint.
    pub fn remove_kept_hosts(&mut self, is_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        let memory = self.memory;
        self.space.modules.iter_mut().try_for_each(|module| module.remove_kept(memory, &is_hit))
    }
}
